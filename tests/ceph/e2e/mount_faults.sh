# What goes wrong below a mount of RGW: an I/O error after the configured time and a line in the log, never wrong bytes, and it
# passes when its cause does. With keys that can only read, through a radosgw that is stopped and killed.
trap 'umount -l "$sandbox/work/m" 2>/dev/null || true; stop_gateway; umount -l "$sandbox/work/small" 2>/dev/null || true; clean_up' EXIT
. "$(dirname "$test_file")/../session.sh"
new_user rea
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$CEPH_HTTP_ENDPOINT/$bucket" --record-days 5 --pack-days 5
policies lab --reader "$tag-rea"
start_gateway
port=${gateway##*:}
exits 0 as rea dsctl registry add lab "$gateway/$bucket"
as rea dsctl config set --global mount.timeout 2
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
for i in $(seq 6); do head -c 1200000 /dev/urandom >"big$i.bin"; done
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
cd ..
log=$sandbox/home-rea/.local/state/dsctl/mount.log cache=$sandbox/home-rea/.cache/dsctl
fresh() { # a mount without anything in memory, here or in the kernel
    ! mountpoint -q m || exits 0 as rea dsctl unmount m
    exits 0 as rea "$@" dsctl mount lab/demo/cats:v1 m
}
no_bytes() { # SECONDS FILE: it cannot be read, that is told within that time, and no byte of it comes
    local began=$SECONDS
    exits 1 cat "$2"
    err "Input/output error"
    [ ! -s "$sandbox/out" ] || cmp -n "$(stat -c %s "$sandbox/out")" "$sandbox/out" "cats/${2#*/}" || fail "wrong bytes of $2"
    [ $((SECONDS - began)) -le "$1" ] || fail "it took $((SECONDS - began)) s to say that $2 cannot be read"
}
fresh env
cmp cats/big1.bin m/big1.bin
# The gateway hangs: what was read can be read, the rest fails after the configured time, and comes back by itself.
kill -STOP "$gateway_pid"
cmp cats/big1.bin m/big1.bin
no_bytes 20 m/big2.bin
kill -CONT "$gateway_pid"
cmp cats/big2.bin m/big2.bin
# It dies, and another one comes up at its place.
stop_gateway
no_bytes 20 m/big3.bin
cmp cats/big2.bin m/big2.bin
start_gateway "$port"
cmp cats/big3.bin m/big3.bin
# Bytes that changed in the registry, as only a cluster's administrator can do it: an error, and the log names the file.
# The content of the big files is in one pack; its middle is in big4 or beside it, so all of its objects are spoiled.
pool=$(rados --conf "$CEPH_CONF" --name client.admin lspools | grep 'buckets.data$')
marker=$(radosgw-admin --conf "$CEPH_CONF" --name client.admin bucket stats --bucket "$bucket" | sed -n 's/.*"marker": "\([^"]*\)".*/\1/p')
head -c 400000 /dev/urandom >noise
spoiled=0
while read -r object; do
    [ "$(rados --conf "$CEPH_CONF" --name client.admin -p "$pool" stat "$object" | sed 's/.*size //')" -ge 1000000 ] || continue
    for at in 100000 1500000 2700000; do
        rados --conf "$CEPH_CONF" --name client.admin -p "$pool" put "$object" noise --offset $at
    done
    spoiled=$((spoiled + 1))
done < <(rados --conf "$CEPH_CONF" --name client.admin -p "$pool" ls | grep -F "${marker}_")
[ "$spoiled" -ge 1 ] || fail "nothing was spoiled"
rm -rf "$cache"
fresh env
broken=0
for i in $(seq 6); do
    if ! cmp -s "cats/big$i.bin" "m/big$i.bin"; then
        no_bytes 20 "m/big$i.bin"
        grep -q "big$i.bin" "$log" || fail "the log does not name big$i.bin: $(cat "$log")"
        broken=$((broken + 1))
    fi
done
[ "$broken" -ge 1 ] || fail "no file met the spoiled bytes"
exits 7 as rea dsctl verify lab/demo/cats:v1
