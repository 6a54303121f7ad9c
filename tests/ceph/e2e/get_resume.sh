# `get` of a large file goes on where it was killed: what came is checked again, and only the rest is fetched.
. "$(dirname "$test_file")/../session.sh"
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
mkdir cats && cd cats && as owner dsctl init -q >/dev/null
size=50000000
mkdir d && head -c $size /dev/urandom >d/big.bin
echo small >a
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl push
cd ..
dsctl config set --global registry.lab.limit-rate 8M
kept() { find got -name '.dsctl-part-*' -printf '%s\n' 2>/dev/null || true; }
(. "$CEPH_DIR/users/owner" && exec dsctl get lab/demo/cats:v1 -o got) >/dev/null 2>&1 &
pid=$!
for _ in $(seq 200); do
    [ "$(kept)" != "" ] && [ "$(kept)" -gt 15000000 ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null || true
came=$(kept)
[ -n "$came" ] && [ "$came" -gt 15000000 ] && [ "$came" -lt $size ] || fail "'$came' bytes came before it was killed"
[ ! -e got/d/big.bin ] || fail "the file is there, though not whole"
dsctl config set --global registry.lab.limit-rate 100M
exits 0 as owner env DSCTL_TRACE=1 dsctl get lab/demo/cats:v1 -o got
down=$(sed -n 's/.* B up, \([0-9]*\) B down$/\1/p' "$sandbox/err" | awk '{ n += $1 } END { printf "%d", n }')
echo "$came of $size bytes came before the kill, $down were fetched after it" >&2
[ -n "$down" ] && [ "$down" -le $((size - came + 1000000)) ] || fail "'$down' bytes were fetched for the remaining $((size - came))"
same_tree got cats
same "$(kept)" ""
