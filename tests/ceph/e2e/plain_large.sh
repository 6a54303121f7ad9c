# Objects above what one request may hold go to the storage in parts (the limit is lowered here): locked as all others.
. "$(dirname "$test_file")/../session.sh"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --pack-days 1 --record-days 1
export DSCTL_REGISTRY=lab
mkdir src && head -c 37000000 /dev/urandom >src/large && head -c 6000000 /dev/urandom >src/middle && echo small >src/small
exits 0 as owner dsctl import src demo/cats:v1
dsctl config set --global registry.lab.max-put 1M
exits 129 as owner dsctl publish demo/cats:v1 --yes --plain
err "max-put of registry 'lab' is '1M'"
dsctl config set --global registry.lab.max-put 5M
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "3 written"
s3 HEAD "/$bucket/datasets/demo/cats/v1/large" | grep '^etag: "[0-9a-f]*-8"' >/dev/null || fail "it did not come in 8 parts of 5 MiB"
s3 -b GET "/$bucket/datasets/demo/cats/v1/large" | cmp - src/large
s3 -b GET "/$bucket/datasets/demo/cats/v1/middle" | cmp - src/middle
exits 0 as owner dsctl verify lab/demo/cats:v1 --locks
for name in large middle small; do
    read -r key id < <(data_versions "datasets/demo/cats/v1/$name")
    s3 -s 403 DELETE "/$bucket/$key?versionId=$id" >/dev/null
    s3 HEAD "/$bucket/$key?versionId=$id" | grep -i '^x-amz-object-lock-mode: COMPLIANCE' >/dev/null || fail "$name is not locked"
done
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "0 written"
[ -z "$(s3 -b GET "/$bucket?uploads" | grep -o '<UploadId>')" ] || fail "an upload is left open"
# What a killed one left open goes with the next.
s3 -s 20. -d other PUT "/$bucket/datasets/demo/cats/v1/large" >/dev/null
dsctl config set --global registry.lab.limit-rate 4M
(. "$CEPH_DIR/users/owner" && exec dsctl publish demo/cats:v1 --yes --plain) >"$sandbox/first" 2>&1 &
pid=$!
until s3 -b GET "/$bucket?uploads" | grep '<UploadId>' >/dev/null; do
    kill -0 $pid 2>/dev/null || fail "it was over before its upload was seen: $(cat "$sandbox/first")"
done
kill -KILL $pid && { wait $pid 2>/dev/null || true; }
dsctl config set --global registry.lab.limit-rate 100M
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "1 written"
[ -z "$(s3 -b GET "/$bucket?uploads" | grep -o '<UploadId>')" ] || fail "the killed one's upload is left open"
[ -z "$(find "$HOME/.cache/dsctl/plain" -type f)" ] || fail "the killed one's temporary file is left"
exits 0 as owner dsctl verify lab/demo/cats:v1 --locks
