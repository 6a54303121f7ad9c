# Published versions go to a second registry of either kind: the same digest, the origin recorded, locked there as here.
. "$(dirname "$test_file")/../session.sh"
init() { exits 0 as owner dsctl registry init "$@" --record-days 5 --pack-days 5; }
init lab "$url" --ca-bundle "$CEPH_CA"
init far "$CEPH_ENDPOINT/$bucket-far" --ca-bundle "$CEPH_CA"
init folder "$PWD/folder"
at() { as owner dsctl resolve -q "$1" | sed 's/.*@//'; }
pushed() { # FROM TO NAME: in ./NAME, which FROM published as v1
    exits 0 as owner dsctl push --to "$2"
    exits 0 as owner dsctl push --to "$2" # and nothing is left to do
    out "up to date"
    same "$(at "$2/demo/$3:v1")" "$(at "$1/demo/$3:v1")"
    exits 0 as owner dsctl resolve --json "$2/demo/$3:v1"
    python3 - "$sandbox/out" "$1/demo/$3:v1" "$(at "$1/demo/$3:v1")" <<'PY' || fail "the origin is not recorded"
import json, sys
version = json.load(open(sys.argv[1]))
origin = version["origin"]
sys.exit(0 if version["state"] == "published" and origin["ref"] == sys.argv[2] and origin["digest"] == sys.argv[3] else f"{version}")
PY
    exits 0 as owner dsctl verify "$2/demo/$3:v1" --locks
    rm -rf ../got && exits 0 as owner dsctl clone "$2/demo/$3:v1" ../got
    same_tree ../got .
}
publish_in() { # REGISTRY NAME
    mkdir "$2" && cd "$2" && as owner dsctl init -q --name "demo/$2" --registry "$1" >/dev/null && sample
    head -c 300000 /dev/urandom >random.bin
    as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
    exits 0 as owner dsctl publish --yes
}
publish_in folder cats && pushed folder lab cats && cd ..
publish_in lab dogs && pushed lab folder dogs && cd ..
publish_in lab emus && pushed lab far emus
# A later version sends what is new; a name that means something else there is refused, and stays what it was.
exits 0 as owner dsctl draft v2 --inherit v1
echo two >two && as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m Second >/dev/null
exits 0 as owner dsctl publish --yes
exits 0 as owner dsctl push --to far
same "$(at far/demo/emus:v2)" "$(at lab/demo/emus:v2)"
cd .. && publish_in folder owls
mkdir ../rival && cd ../rival && as owner dsctl init -q --name demo/owls --registry lab >/dev/null && echo other >other
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m Other >/dev/null
exits 0 as owner dsctl publish --yes
theirs=$(at lab/demo/owls:v1)
cd ../owls
exits 6 as owner dsctl push --to lab
err "other content"
same "$(at lab/demo/owls:v1)" "$theirs"
