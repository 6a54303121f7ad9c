# Uses on a real RGW: recorded where the policy lets readers say so, silent where it does not; previews read ranges.
. "$(dirname "$test_file")/../session.sh"
new_user rea
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
exits 0 as rea dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"
policies lab --namespace demo --record-use --reader "$tag-rea"
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
head -c 20000000 /dev/urandom >noise.bin
{ echo n,noise; head -c 20000000 /dev/urandom | od -An -v -tx1 -w64 | tr -d ' ' | sed 's/^/1,/'; } >noise.csv
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
cd ..
DSCTL_AUTHOR_NAME=Rea DSCTL_RUN_ID=exp-7 exits 0 as rea dsctl get lab/demo/cats:v1 images -o got
exits 0 as owner dsctl lineage lab/demo/cats:v1
out Rea
out "dsctl exp-7"
exits 0 as rea dsctl lineage lab/demo/cats:v1 # readers may look, too
out "dsctl exp-7"
# Without the right to write there, everything else goes on, quickly and without a word.
python3 - "$sandbox/control.json" <<'PY'
import json, sys
policy = json.load(open(sys.argv[1]))
kept = [s for s in policy["Statement"] if not s["Sid"].endswith("-use")]
assert len(kept) == len(policy["Statement"]) - 1, "the policy does not speak of uses"
json.dump({**policy, "Statement": kept}, open(sys.argv[1], "w"))
PY
s3 -s 20. -f "$sandbox/control.json" PUT "/$bucket-ctl?policy" >/dev/null
DSCTL_AUTHOR_NAME=Rea DSCTL_RUN_ID=exp-8 exits 0 as rea dsctl get lab/demo/cats:v1 images -o again
[ ! -s "$sandbox/err" ] || fail "it said: $(cat "$sandbox/err")"
DSCTL_TRACE=1 DSCTL_RUN_ID=exp-9 exits 0 as rea dsctl get lab/demo/cats:v1 labels -o again
err "registry lab: the use is not recorded: cannot write"
exits 0 as owner dsctl lineage lab/demo/cats:v1
if grep -qE "exp-[89]" "$sandbox/out"; then fail "recorded without the right to"; fi
exits 0 as rea dsctl lineage lab/demo/cats:v1
out "dsctl exp-8"
# Of large files a preview fetches what it shows; a second look comes from the cache.
DSCTL_TRACE=1 exits 0 as rea dsctl preview -n 3 --in lab/demo/cats:v1 noise.csv
out "n  noise"
down=$(grep -oE '[0-9.]+ [KM]iB down' "$sandbox/err" | tail -n 1)
case $down in *MiB*) [ "${down%%[. ]*}" -lt 5 ] || fail "a preview fetched $down" ;; esac
DSCTL_TRACE=1 exits 0 as rea dsctl cat --in lab/demo/cats:v1 noise.bin
cmp "$sandbox/out" cats/noise.bin
DSCTL_TRACE=1 exits 0 as rea dsctl cat --in lab/demo/cats:v1 noise.bin
cmp "$sandbox/out" cats/noise.bin
case $(grep -oE '[0-9.]+ [KM]iB down' "$sandbox/err" | tail -n 1) in *MiB*) fail "the second cat fetched it again" ;; esac
# Roles that may not write heads may not write elsewhere by way of uses.
s3 -u "$tag-rea" -s 403 PUT "/$bucket-ctl/demo/cats/uses/v1/20260101-000000-0000000000000000.json" >/dev/null
