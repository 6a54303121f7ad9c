# A killed mount blocks nothing; a damaged cache is healed, and a missing one is not needed.
trap 'umount -l "$sandbox"/work/m 2>/dev/null || true; clean_up' EXIT
start cats
sample
head -c 3000000 /dev/urandom >big.bin
head -c 3000000 /dev/urandom >other.bin
commit_all First
dsctl publish -q --yes
cd ..
fresh() { # a mount without anything in memory, here or in the kernel
    [ ! -d m ] || ! mountpoint -q m || dsctl unmount m
    exits 0 dsctl mount demo/cats:v1 m
}
# A killed mount leaves a dead folder; the next one takes it away, and so does unmount.
fresh
pid=$(pgrep -f "dsctl mount.*-- demo/cats:v1 m\$" | while read -r p; do [ "$(readlink /proc/"$p"/exe)" = "$dsctl_binary" ] && grep -qzF "HOME=$HOME" /proc/"$p"/environ && echo "$p"; done)
kill -9 "$pid"
exits 2 ls m/
fresh
cmp cats/big.bin m/big.bin
# A damaged cache is passed over and healed.
dsctl unmount m
for blocks in "$HOME"/.cache/dsctl/blocks-1/*.blocks; do
    size=$(stat -c %s "$blocks")
    for at in $(seq 100 5000 "$size"); do printf 'XYZ' | dd of="$blocks" bs=1 seek="$at" conv=notrunc status=none; done
done
fresh
diff -r --no-dereference --exclude=.dsctl cats m
# Without a cache it goes as well.
dsctl unmount m
exits 0 env DSCTL_CACHE_DIR=/proc/none dsctl mount demo/cats:v1 m
diff -r --no-dereference --exclude=.dsctl cats m
dsctl unmount m
