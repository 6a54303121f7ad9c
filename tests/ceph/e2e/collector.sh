# gc --registry with a collector's keys, as `registry policy` grants them: it frees what nothing reaches in its namespace, and can
# do no harm to the rest.
. "$(dirname "$test_file")/../session.sh"
new_user wri col
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
policies lab --namespace demo --writer "$tag-wri" --collector "$tag-col"
for name in wri col; do exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"; done
made() { # USER NAMESPACE/NAME BYTES
    mkdir "${2#*/}" && cd "${2#*/}" && as "$1" dsctl init -q --name "$2" >/dev/null
    head -c "$3" /dev/urandom >random.bin
    as "$1" dsctl add -A . >/dev/null && as "$1" dsctl commit -q -m First >/dev/null
    exits 0 as "$1" dsctl push
    cd ..
}
made wri demo/kept 300000 && made wri demo/dropped 200000 && made owner zoo/lost 100000
(cd kept && exits 0 as owner dsctl publish --yes)
exits 0 as wri dsctl drop -y lab/demo/dropped:v1
exits 0 as owner dsctl drop -y lab/zoo/lost:v1
collect() { exits "$1" as col dsctl gc --registry lab "${@:2}"; }
packs() { data_versions "$1/packs/" | wc -l; }
before=$(packs demo) foreign=$(data_versions zoo/)
collect 0 --namespace demo --grace 0s -n
out "would condemn"
same "$(packs demo)" "$before"
collect 0 --namespace demo --grace 14d # all of it is younger
same "$(packs demo)" "$before"
collect 0 --namespace demo --grace 0s
out "removed"
[ "$(packs demo)" -lt "$before" ] || fail "nothing was removed"
collect 0 --namespace demo --grace 0s
# Its lists of what it condemned are garbage itself after that, and go as well.
collect 0 --namespace demo --grace 0s
[ "$(data_versions demo/notes/ | wc -l)" -le 2 ] || fail "its notes pile up"
# Not beyond its namespace, and not for all of them.
collect 4 --namespace zoo --grace 0s
collect 4 --grace 0s
err "--namespace NS"
same "$(data_versions zoo/)" "$foreign"
# It publishes, pushes, signs and deprecates nothing; what is published and what is drafted is whole.
cd kept
exits 4 as col dsctl deprecate lab/demo/kept:v1 --reason no
exits 4 as col env DSCTL_NOW="$(date -u -d '+4 days' +%Y-%m-%dT%H:%M:%SZ)" dsctl registry renew lab --namespace demo
exits 4 as col dsctl draft lab/demo/new:v1 --inherit lab/demo/kept:v1
exits 0 as wri dsctl draft lab/demo/kept:v2 --inherit lab/demo/kept:v1
exits 0 as wri dsctl clone lab/demo/kept:v2 ../clone
same_tree . ../clone
exits 0 as owner dsctl verify lab/demo/kept:v1 --locks
