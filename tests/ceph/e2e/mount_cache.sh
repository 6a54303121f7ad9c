# The cache of a mount of RGW: what is damaged in it is fetched again, and on a full disk it is done without.
trap 'umount -l "$sandbox/work/m" 2>/dev/null || true; umount -l "$sandbox/work/small" 2>/dev/null || true; clean_up' EXIT
. "$(dirname "$test_file")/../session.sh"
new_user rea
export DSCTL_REGISTRY=lab AWS_ENDPOINT_URL_S3=$CEPH_HTTP_ENDPOINT
exits 0 as owner dsctl registry init lab "s3://$bucket" --record-days 5 --pack-days 5
policies lab --reader "$tag-rea"
exits 0 as rea dsctl registry add lab "s3://$bucket"
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
head -c 3000000 /dev/urandom >big.bin
head -c 3000000 /dev/urandom >other.bin
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
cd ..
received_by() { # CACHE: what reading all of a fresh mount with that cache takes from the server
    counted rea bash -c 'export DSCTL_CACHE_DIR=$1 && dsctl mount lab/demo/cats:v1 m >/dev/null &&
        diff -r --no-dereference --exclude=.dsctl cats m && dsctl unmount m' - "$1"
}
cache=$sandbox/cache
received_by "$cache"
[ "$received" -ge 6000000 ] || fail "only $received bytes were received"
received_by "$cache"
[ "$received" -lt 1000000 ] || fail "$received bytes were received again: the cache was not used"
for blocks in "$cache"/blocks-1/*.blocks; do
    for at in $(seq 100 5000 "$(stat -c %s "$blocks")"); do printf 'XYZ' | dd of="$blocks" bs=1 seek="$at" conv=notrunc status=none; done
done
received_by "$cache"
[ "$received" -ge 6000000 ] || fail "damaged frames were not fetched again: $received bytes"
received_by "$cache"
[ "$received" -lt 1000000 ] || fail "the cache was not healed: $received bytes"
# A disk with less room than the version, and one with none.
mkdir small
if [ "$(id -u)" -eq 0 ]; then
    mount -t tmpfs -o size=1m tmpfs small
    received_by "$PWD/small"
    dd if=/dev/zero of=small/full bs=1M status=none 2>/dev/null || true
    received_by "$PWD/small"
fi
