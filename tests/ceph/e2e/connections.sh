# As many connections to a registry as -j says, kept alive over all requests of a command.
. "$(dirname "$test_file")/../session.sh"
port=${CEPH_ENDPOINT##*:}
# connections COMMAND...: how often it connected to the server.
connections() {
    as owner strace -f -qq -o "$sandbox/connects" -e trace=connect "$@" >/dev/null || fail "$* failed"
    grep -c "sin_port=htons($port)" "$sandbox/connects"
}
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
exits 0 as owner dsctl registry default lab
exits 0 as owner dsctl config set --global core.record-use local # a use is recorded beside everything else
mkdir cats && cd cats && exits 0 as owner dsctl init --name demo/cats
head -c 24000000 /dev/urandom | split -b 12000 -a 4 -d - f
exits 0 as owner dsctl add -A .
exits 0 as owner dsctl commit -m First
exits 0 as owner dsctl push
cd ..
exits 0 as owner dsctl config set --global registry.lab.limit-rate 8M # so that requests last, and meet
one=$(connections dsctl get -j 1 demo/cats:v1 -o one)
six=$(connections dsctl get -j 6 demo/cats:v1 -o six)
echo "connections: $one with -j 1, $six with -j 6" >&2
same "$one" 1
[ "$six" -ge 4 ] && [ "$six" -le 6 ] || fail "-j 6 made $six connections"
same_tree one six
[ "$(connections dsctl clone -j 1 demo/cats:v1 clone)" -le 2 ] || fail "clone connects anew" # of the place, then of the checkout
trap 'umount -l "$sandbox/work/mnt" 2>/dev/null || true; clean_up' EXIT
# A mount waits for the network, not for processors: 8 unless told otherwise.
mounted() { # OPTIONS...: the connections of a mount that 12 readers read from at once
    mkdir -p mnt && rm -rf cache
    as owner env DSCTL_CACHE_DIR="$PWD/cache" strace -f -qq -o "$sandbox/connects" -e trace=connect \
        dsctl mount --foreground --draft "$@" demo/cats:v1 mnt >mount-out 2>&1 &
    local mount=$!
    for _ in $(seq 200); do mountpoint -q mnt && break; sleep 0.05; done
    find mnt -name '*[05]' -type f -print0 | xargs -0 -P 12 -n 1 cat | sha256sum >>sums
    exits 0 dsctl unmount mnt
    wait "$mount" || fail "$(cat mount-out)"
    connects=$(grep -c "sin_port=htons($port)" "$sandbox/connects")
}
mounted && eight=$connects
mounted -j 2 && two=$connects
echo "connections of a mount: $eight, with -j 2 $two" >&2
[ "$eight" -gt 2 ] && [ "$eight" -le 8 ] || fail "a mount made $eight connections"
[ "$two" -le 2 ] || fail "a mount with -j 2 made $two connections"
