# What cat, ls and preview read from a registry is kept in the cache that mounts use, and checked when it comes from there.
start cats
head -c 6000000 /dev/urandom >big.bin
sample
commit_all First
dsctl publish -q --yes
cd ..
down() { grep -oE '[0-9.]+ [KM]?i?B down' "$sandbox/err" | tail -n 1; }
DSCTL_TRACE=1 exits 0 dsctl cat --in demo/cats:v1 big.bin
cmp "$sandbox/out" cats/big.bin
case $(down) in *MiB*) ;; *) fail "the first cat read $(down) from the registry" ;; esac
DSCTL_TRACE=1 exits 0 dsctl cat --in demo/cats:v1 big.bin
cmp "$sandbox/out" cats/big.bin
case $(down) in *MiB*) fail "the second cat read $(down) from the registry" ;; esac
exits 0 dsctl cache info
# Damaged there, it is read anew.
for file in "$HOME"/.cache/dsctl/blocks-1/*.blocks; do
    python3 - "$file" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(1000, len(data), 5000): data[at] ^= 1
open(sys.argv[1], "r+b").write(data)
PY
done
exits 0 dsctl cat --in demo/cats:v1 big.bin
cmp "$sandbox/out" cats/big.bin
# get leaves the cache alone: what it writes is on the disk once.
rm -rf "$HOME/.cache/dsctl"
exits 0 dsctl get demo/cats:v1 -o got
[ "$(du -sm "$HOME/.cache" 2>/dev/null | cut -f1 || echo 0)" -lt 3 ] || fail "get filled the cache"
