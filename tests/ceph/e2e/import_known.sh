# What the namespace has under another dataset's name is not sent again by import and put, on a real RGW and by the count of a
# relay: at most 1 % of 40 MB, and few requests.
. "$(dirname "$test_file")/../session.sh"
export DSCTL_REGISTRY=lab AWS_ENDPOINT_URL_S3=$CEPH_HTTP_ENDPOINT
exits 0 as owner dsctl registry init lab "s3://$bucket"
mkdir -p src/small
head -c 25000000 /dev/urandom >src/big.bin
head -c 15000000 /dev/urandom | split -b 14000 -a 4 -d - src/small/f
exits 0 as owner dsctl import src demo/cats:v1
[ -n "$(data_versions demo/samples/)" ] || fail "no sample was written"
mkdir other && cp -r src other/in
tar -C other -cf t.tar .
exits 0 as owner dsctl draft demo/put:v1 --new
# taken COMMAND...: by somebody whose cache knows nothing.
taken() {
    rm -rf "$HOME/.cache"
    counted owner env DSCTL_TRACE=1 "$@"
    requests=$(sed -n "s/.*registry lab: \([0-9]*\) requests.*/\1/p" "$sandbox/err")
    echo "$*: $sent bytes sent, $received received, ${requests:-?} requests" >&2
    [ "$sent" -le 400000 ] || fail "$* sent $sent bytes"
    [ -n "$requests" ] && [ "$requests" -le 100 ] || fail "$* made '$requests' requests"
}
taken dsctl import other demo/folder:v1
taken dsctl import t.tar demo/tar:v1
taken dsctl put demo/put:v1 src/.
for pair in folder:other tar:other put:src; do
    exits 0 as owner dsctl get "demo/${pair%%:*}:v1" -o got
    same_tree "${pair#*:}" got
    rm -r got
done
# Published, the shared packs are locked by this version, too.
exits 0 as owner dsctl publish demo/tar:v1 --yes
exits 0 as owner dsctl verify lab/demo/tar:v1 --locks
