# A published version against somebody with valid writer and publisher keys and a raw client: readers keep getting its bytes.
. "$(dirname "$test_file")/../session.sh"
new_user mallory rea
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
for kind in data control; do
    as owner dsctl registry policy lab --bucket $kind --publisher "$tag-mallory" --reader "$tag-rea" >"$sandbox/$kind.json"
done
s3 -s 20. -f "$sandbox/control.json" PUT "/$bucket-ctl?policy" >/dev/null
s3 -s 20. -f "$sandbox/data.json" PUT "/$bucket?policy" >/dev/null
for name in mallory rea; do exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"; done
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
digest=$(as rea dsctl resolve -q lab/demo/cats:v1)
unharmed() {
    same "$(as rea env XDG_CACHE_HOME="$sandbox/none" dsctl resolve -q lab/demo/cats:v1)" "$digest"
    rm -rf ../got && exits 0 as rea env XDG_CACHE_HOME="$sandbox/none" dsctl get lab/demo/cats:v1 -o ../got
    same_tree ../got .
}
unharmed
harm() { s3 -u "$1" -s "$2" "${@:3}" >/dev/null; }
soon=$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)
data_versions demo/ >"$sandbox/versions"
[ "$(wc -l <"$sandbox/versions")" -ge 2 ] || fail "nothing to attack"
while read -r key id; do
    # With the owner's keys, who may do all that the storage lets anybody do, and with a publisher's.
    harm owner 403 DELETE "/$bucket/$key?versionId=$id"
    harm owner 403 -H 'x-amz-bypass-governance-retention: true' DELETE "/$bucket/$key?versionId=$id"
    for mode in COMPLIANCE GOVERNANCE; do
        for user in owner "$tag-mallory"; do
            harm "$user" 403 -H 'x-amz-bypass-governance-retention: true' \
                -d "<Retention><Mode>$mode</Mode><RetainUntilDate>$soon</RetainUntilDate></Retention>" \
                PUT "/$bucket/$key?retention&versionId=$id"
        done
    done
    harm owner 200 -d "overwritten" PUT "/$bucket/$key"
    harm "$tag-mallory" 200 -d "overwritten" PUT "/$bucket/$key"
done <"$sandbox/versions"
unharmed
while read -r key id; do
    harm owner 204 DELETE "/$bucket/$key" # a delete marker on top
done <"$sandbox/versions"
unharmed
# The head and the catalog say something else: they are hints where there is a record.
head=$(s3 -b GET "/$bucket-ctl/demo/cats/heads/v1")
harm "$tag-mallory" 200 -d "${head//published/dropped}" PUT "/$bucket-ctl/demo/cats/heads/v1"
harm "$tag-mallory" 200 -d "{}" PUT "/$bucket-ctl/demo/cats/catalog"
same "$(as rea dsctl resolve -q lab/demo/cats:v1)" "$digest"
harm "$tag-mallory" 200 -d "$head" PUT "/$bucket-ctl/demo/cats/heads/v1"
# The name again, with other bytes.
mkdir ../rival && cd ../rival && as mallory dsctl init -q --name demo/cats >/dev/null && echo other >other
as mallory dsctl add -A . >/dev/null && as mallory dsctl commit -q -m Other >/dev/null
exits 6 as mallory dsctl publish --yes
cd ../cats && unharmed
