# draft --inherit: within a namespace no bytes move, between namespaces the storage copies them itself, between registries they
# pass through. Judged by what a relay before the server counted.
. "$(dirname "$test_file")/../session.sh"
export DSCTL_REGISTRY=lab AWS_ENDPOINT_URL_S3=$CEPH_HTTP_ENDPOINT
new_user rea
exits 0 as owner dsctl registry init lab "s3://$bucket" --record-days 5 --pack-days 5
exits 0 as owner dsctl registry init far "s3://$bucket-far" --record-days 5 --pack-days 5
size=8000000 little=600000
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
head -c $size /dev/urandom >random.bin
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
cd ..
full=$(as owner dsctl resolve -q lab/demo/cats:v1)
digest=${full#*@}
packs() { data_versions "$1/packs/" | wc -l; }
moved_nothing() { [ $((sent + received)) -lt $little ] || fail "$sent bytes were sent and $received received: $*"; }
# A dataset of the same namespace, and another version of the same dataset.
before=$(packs demo)
for target in lab/demo/cats:v2 lab/demo/kittens:v1; do
    counted owner dsctl draft $target --inherit lab/demo/cats:v1
    moved_nothing "draft $target"
    same "$copies" 0
done
[ "$(packs demo)" -le $((before + 1)) ] || fail "packs were sent again" # one for the commit of kittens
# Another namespace: the storage copies. From the registry alone, and from a checkout that has none of the content.
counted owner dsctl draft lab/zoo/cats:v1 --inherit lab/demo/cats:v1
moved_nothing "draft lab/zoo/cats:v1"
[ "$copies" -ge 1 ] || fail "the storage was not asked to copy"
[ "$(packs zoo)" -ge 1 ] || fail "no packs in the other namespace"
# What was copied is found there: the same content under another name, from somebody who never saw that version, is not sent.
mkdir den && cd den && as owner dsctl init -q --name zoo/dens >/dev/null
mkdir in && cp ../cats/random.bin in/other.bin
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m Den >/dev/null
counted owner dsctl push
moved_nothing "push of what was copied into the namespace"
cd ..
mkdir ark && cd ark && as owner dsctl init -q --name ark/cats >/dev/null
exits 0 as owner dsctl draft v2 --inherit lab/demo/cats:v1
echo more >more && as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m More >/dev/null
counted owner dsctl push
moved_nothing "push of a version inherited from another namespace"
[ "$copies" -ge 1 ] || fail "the storage was not asked to copy"
cd ..
# Another registry: every byte comes and goes.
counted owner dsctl draft far/demo/cats:v1 --inherit lab/demo/cats:v1
[ "$sent" -ge $size ] && [ "$received" -ge $size ] || fail "only $sent bytes were sent and $received received"
# Each is the same, says where it comes from, and stands alone: a reader of the namespace needs no other.
policies lab --namespace zoo --reader "$tag-rea"
exits 0 as rea dsctl registry add lab "s3://$bucket"
for target in lab/demo/kittens:v1 lab/zoo/cats:v1 far/demo/cats:v1; do
    exits 0 as owner dsctl publish --yes $target
    same "$(as owner dsctl resolve -q $target)" "$target@$digest"
    exits 0 as owner dsctl resolve --json $target
    out '"lab/demo/cats:v1"'
    rm -rf got && exits 0 as owner dsctl get $target -o got
    same_tree got cats
    exits 0 as owner dsctl verify $target --locks
done
exits 0 as rea dsctl get lab/zoo/cats:v1 -o got-rea
same_tree got-rea cats
exits 4 as rea dsctl get lab/demo/cats:v1 -o got-demo
