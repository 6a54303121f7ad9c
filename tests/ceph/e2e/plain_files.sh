# put on a real RGW; import from and export to plain objects; a published version's plain copy, locked as its packs.
. "$(dirname "$test_file")/../session.sh"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --pack-days 1 --record-days 1
export DSCTL_REGISTRY=lab AWS_CA_BUNDLE=$CEPH_CA AWS_ENDPOINT_URL_S3=$CEPH_ENDPOINT
mkdir src && cd src && sample && head -c 20000000 /dev/urandom >large && cd ..
exits 0 as owner dsctl draft demo/cats:v1 --new
exits 0 as owner dsctl put demo/cats:v1 src/.
seq 300000 | as owner dsctl put demo/cats:v1 - --to stream >/dev/null
exits 0 as owner dsctl rm --in demo/cats:v1 stream
exits 0 as owner dsctl mkdir --in demo/cats:v1 more/inner
exits 0 as owner dsctl mv --in demo/cats:v1 more other
exits 0 as owner dsctl rm -r --in demo/cats:v1 other
exits 0 as owner dsctl get demo/cats:v1 -o got
same_tree src got
# Two at once.
echo a >a && echo b >b
as owner dsctl put demo/cats:v1 a >/dev/null 2>&1 &
exits 0 as owner dsctl put demo/cats:v1 b
wait $!
exits 0 as owner dsctl rm --in demo/cats:v1 a b

# Export to plain objects: incremental, by our own metadata; import of them is the same version.
plain=plain-$tag
s3 -s 20. PUT "/$plain" >/dev/null
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain/datasets/demo/cats/v1"
out "8 entries"
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain/datasets/demo/cats/v1"
out "has all of it already"
same "$(s3 -b GET "/$plain/datasets/demo/cats/v1/images/cats/1.txt")" "cat one"
s3 GET "/$plain/datasets/demo/cats/v1/run.sh" | grep "x-amz-meta-sha256: $(sha256sum <src/run.sh | cut -c1-64)" >/dev/null || fail "no sha256 with the object"
s3 HEAD "/$plain/datasets/demo/cats/v1/empty/" | grep "^content-length: 0" >/dev/null || fail "no key for the empty folder"
s3 -d other -s 20. PUT "/$plain/datasets/demo/cats/v1/table.csv" >/dev/null
s3 -d "cat 0ne" -s 20. PUT "/$plain/datasets/demo/cats/v1/images/cats/1.txt" >/dev/null
s3 -d mine -s 20. PUT "/$plain/datasets/demo/cats/v1/mine" >/dev/null
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain/datasets/demo/cats/v1"
out "2 entries"
same "$(s3 -b GET "/$plain/datasets/demo/cats/v1/mine")" mine
exits 0 as owner dsctl export demo/cats:v1 "$CEPH_ENDPOINT/$plain/datasets/demo/cats/v1/" --delete
out "1 removed"
s3 -s 404 HEAD "/$plain/datasets/demo/cats/v1/mine" >/dev/null
exits 0 as owner dsctl import -n "s3://$plain/datasets/demo/cats/v1" copies/cats:v1
out "would import"
exits 0 as owner dsctl import "s3://$plain/datasets/demo/cats/v1" copies/cats:v1
err "made draft"
exits 0 as owner dsctl get copies/cats:v1 -o back
same_tree src back
# As others write them: zero bytes stay files, keys that end in '/' become folders, strange keys are named.
s3 -s 20. PUT "/$plain/llmos/labels/empty.txt" >/dev/null
s3 -s 20. PUT "/$plain/llmos/box/" >/dev/null
s3 -s 20. PUT "/$plain/llmos/labels/" >/dev/null
s3 -s 20. -d x PUT "/$plain/llmos/a//b" >/dev/null
exits 0 as owner dsctl import "s3://$plain/llmos" demo/llmos:v1
err "skipped 'a//b'"
exits 0 as owner dsctl get demo/llmos:v1 -o llmos
[ -f llmos/labels/empty.txt ] && [ ! -s llmos/labels/empty.txt ] && [ -d llmos/box ] || fail "an empty file or folder is lost"
exits 3 as owner dsctl import "s3://$plain/nothing" demo/llmos:v2
# An object whose bytes are not those its metadata says is refused.
s3 -s 20. -H "x-amz-meta-sha256: $(printf '0%.0s' {1..64})" -d lie PUT "/$plain/lie/file" >/dev/null
exits 7 as owner dsctl import "s3://$plain/lie" demo/lie:v1
new_user rea
exits 4 as rea env DSCTL_REGISTRY=local dsctl import "s3://$plain/llmos" demo/llmos:v3

# LLMOS's layout below a bucket, and back to the same digest; a whole bucket is not emptied for one version.
exits 0 as owner dsctl publish demo/cats:v1 --yes
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain" --llmos
out "s3://$plain/datasets/demo/cats/v1 has all of it already"
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain/lab/" --llmos --documents llmos.json
out "8 entries"
out "s3://$plain/lab/datasets/demo/cats/v1"
python3 -c 'import json,sys; sys.exit([o["kind"] for o in json.load(open("llmos.json"))["items"]] != ["Dataset", "DatasetVersion"])' || fail "no documents"
exits 0 as owner dsctl import "s3://$plain/lab/datasets/demo/cats/v1" demo/back:v1
exits 0 as owner dsctl publish demo/back:v1 --yes
same "$(as owner dsctl resolve -q demo/back:v1 | cut -d@ -f2)" "$(as owner dsctl resolve -q demo/cats:v1 | cut -d@ -f2)"
s3 -s 20. -d mine -s 20. PUT "/$plain/datasets/demo/cats/v1/mine" >/dev/null
for root in "s3://$plain" "s3://$plain/" "$CEPH_ENDPOINT/$plain" "$CEPH_ENDPOINT/$plain/"; do
    exits 129 as owner dsctl export demo/cats:v1 "$root" --delete
    err "everybody's objects"
    err "/PREFIX"
done
exits 0 as owner dsctl export demo/cats:v1 "s3://$plain/" --llmos --delete
out "1 removed"
same "$(s3 -b GET "/$plain/llmos/labels/empty.txt")" ""
s3 -s 20. HEAD "/$plain/lie/file" >/dev/null

# A plain copy beside the packs: locked, checked, and completed when it is run again.
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "datasets/demo/cats/v1/"
same "$(s3 -b GET "/$bucket/datasets/demo/cats/v1/images/cats/2.txt")" "cat two"
exits 0 as owner dsctl verify lab/demo/cats:v1 --locks
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "0 written"
read -r key id < <(data_versions datasets/demo/cats/v1/images/cats/2.txt)
s3 -s 403 DELETE "/$bucket/$key?versionId=$id" >/dev/null
s3 -s 20. -d "cat tw0" PUT "/$bucket/$key" >/dev/null
exits 7 as owner dsctl verify lab/demo/cats:v1
out "'images/cats/2.txt' of the plain copy has other content"
exits 0 as owner dsctl publish demo/cats:v1 --yes --plain
out "1 written"
exits 0 as owner dsctl verify lab/demo/cats:v1
s3 -s 20. -d x PUT "/$bucket/datasets/demo/cats/v1/alien" >/dev/null
exits 7 as owner dsctl verify lab/demo/cats:v1
out "'alien', which is not in the version"
exits 0 as owner dsctl get lab/demo/cats:v1 -o last
same_tree src last
