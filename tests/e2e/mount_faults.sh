# What goes wrong below a mount is an I/O error and a line in the log, never wrong bytes, and passes when its cause does.
trap 'umount -l "$sandbox"/work/m 2>/dev/null || true; clean_up' EXIT
registry=$HOME/.local/share/dsctl/registry log=$HOME/.local/state/dsctl/mount.log
start cats
sample
head -c 3000000 /dev/urandom >big.bin
head -c 3000000 /dev/urandom >other.bin
commit_all First
dsctl publish -q --yes
cd ..
dsctl config set mount.timeout 1
fresh() { # a mount without anything in memory, here or in the kernel
    [ ! -d m ] || ! mountpoint -q m || dsctl unmount m
    exits 0 dsctl mount demo/cats:v1 m
}
fresh
mkdir away
# Without the registry: what the cache has can be read; the rest fails after the time, and comes back by itself.
dsctl cache prune -q >/dev/null
fresh
cmp cats/big.bin m/big.bin
chattr -R -i "$registry" 2>/dev/null || true
mv "$registry/data" "$registry/away" && mkdir "$registry/data" && mv "$registry/away"/* away/
cmp cats/big.bin m/big.bin
exits 2 cmp cats/other.bin m/other.bin
err "Input/output error"
mv away/* "$registry/away" && rmdir "$registry/data" && mv "$registry/away" "$registry/data"
cmp cats/other.bin m/other.bin
# A registry that holds something else: an error, and the log names the file.
dsctl cache prune -q >/dev/null
fresh
for pack in $(find "$registry/data" -type f -size +100k); do
    chmod u+w "$pack" && dd if=/dev/urandom of="$pack" bs=1000 count=5500 seek=10 conv=notrunc status=none
done
exits 2 cmp cats/big.bin m/big.bin
err "Input/output error"
grep -q "big.bin" "$log" || fail "the log does not name the file: $(cat "$log")"
dsctl unmount m
