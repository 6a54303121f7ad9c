# What a killed export left open in the bucket goes with the next one to it; what others began, or one that lives, stays.
. "$(dirname "$test_file")/../session.sh"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
export DSCTL_REGISTRY=lab AWS_CA_BUNDLE=$CEPH_CA AWS_ENDPOINT_URL_S3=$CEPH_ENDPOINT
mkdir src && truncate -s 400M src/large && echo small >src/small
exits 0 as owner dsctl import src demo/cats:v1
plain=plain-$tag
s3 -s 20. PUT "/$plain" >/dev/null
to=s3://$plain/cats
uploads() { s3 -b GET "/$plain?uploads" | grep -o '<UploadId>[^<]*' | cut -d'>' -f2 | sort; }
begin() { (. "$CEPH_DIR/users/owner" && exec dsctl export demo/cats:v1 "$to") >"$sandbox/first" 2>&1 & }
# until_open N: that many uploads are open, and the one in the background has not come to its end.
until_open() {
    until [ "$(uploads | wc -l)" -ge "$1" ]; do
        kill -0 "$pid" 2>/dev/null || fail "it was over before its upload was seen: $(cat "$sandbox/first")"
    done
}
begin
pid=$!
until_open 1
kill -KILL $pid && { wait $pid 2>/dev/null || true; }
same "$(uploads | wc -l)" 1
# One that somebody else began at the same key, and one elsewhere.
foreign=$(for key in cats/large other; do s3 -b -s 20. POST "/$plain/$key?uploads" | grep -o '<UploadId>[^<]*' | cut -d'>' -f2; done | sort)
exits 0 as owner dsctl export demo/cats:v1 "$to"
same "$(uploads)" "$foreign"
exits 0 as owner dsctl export demo/cats:v1 "$to"
out "has all of it already"
[ -z "$(find "$HOME/.local/state/dsctl/uploads" -type f)" ] || fail "notes of uploads are left"

# One that is only slow loses nothing.
s3 -s 20. DELETE "/$plain/cats/large" >/dev/null
begin
pid=$!
until_open 3
kill -STOP $pid
before=$(uploads)
exits 0 as owner dsctl export demo/cats:v1 "$to"
same "$(uploads)" "$before"
kill -CONT $pid
wait $pid || fail "the slow one failed: $(cat "$sandbox/first")"
same "$(uploads)" "$foreign"
exits 0 as owner dsctl import "$to" demo/back:v1
exits 0 as owner dsctl cat --in demo/back:v1 small
same "$(cat "$sandbox/out")" small
