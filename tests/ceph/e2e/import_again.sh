# What a namespace has is not sent again, on a real RGW: another user's dataset, found by samples, costs 1 % of its bytes.
. "$(dirname "$test_file")/../session.sh"
new_user one two
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
for name in one two; do as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA" >/dev/null; done
for kind in data control; do
    as owner dsctl registry policy lab --namespace demo --bucket $kind --publisher "$tag-one" --writer "$tag-two" >"$sandbox/$kind.json"
done
s3 -s 20. -f "$sandbox/data.json" PUT "/$bucket?policy" >/dev/null
s3 -s 20. -f "$sandbox/control.json" PUT "/$bucket-ctl?policy" >/dev/null
bytes_up() { sed -n 's/.*, \([0-9]*\) B up, [0-9]* B down$/\1/p' "$sandbox/err" | awk '{ n += $1 } END { printf "%d", n }'; } # of a traced command
mkdir cats && cd cats && as one dsctl init -q >/dev/null
mkdir small
head -c 30000000 /dev/urandom >big.bin
head -c 20000000 /dev/urandom | split -b 14000 -a 4 -d - small/f
as one dsctl add -A . >/dev/null && as one dsctl commit -q -m First >/dev/null
exits 0 as one dsctl push
exits 0 as one dsctl publish --yes
[ -n "$(data_versions demo/samples/)" ] || fail "no sample was written"
cd .. && mkdir dogs && cd dogs && as two dsctl init -q >/dev/null
mkdir there && cp -r ../cats/small ../cats/big.bin there
as two dsctl add -A . >/dev/null && as two dsctl commit -q -m Again >/dev/null
exits 0 as two env DSCTL_TRACE=1 dsctl push
up=$(bytes_up)
echo "50 MB imported again: $up bytes sent" >&2
[ -n "$up" ] && [ "$up" -le 500000 ] || fail "importing again sent '$up' bytes"
exits 0 as two dsctl get lab/demo/dogs:v1 -o ../got
same_tree . ../got
# Published by somebody else, the shared packs are locked by this version, too.
exits 0 as one dsctl publish --yes lab/demo/dogs:v1
exits 0 as two dsctl verify lab/demo/dogs:v1 --locks
