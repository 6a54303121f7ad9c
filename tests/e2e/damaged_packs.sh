# Damaged packs, here and in a registry: never a wrong byte, the object named, exit 7, and a way back.
start cats
sample
commit_all First
dsctl publish -q --yes
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
spoil() { chmod u+w "$1" && printf '\x55' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none; }
# A local pack with the content: reading says so, fsck names it, repair fetches it from the registry.
largest=$(ls -S .dsctl/store/packs/*.pack | head -n 1)
spoil "$largest"
exits 7 dsctl cat table.csv
err "damaged"
exits 7 dsctl fsck --full
exits 0 dsctl fsck --repair
exits 0 dsctl fsck --full
exits 0 dsctl cat table.csv
cmp "$sandbox/out" table.csv
# Cut short, and gone.
largest=$(ls -S .dsctl/store/packs/*.pack | head -n 1)
chmod u+w "$largest" && truncate -s 1000 "$largest"
exits 7 dsctl fsck
exits 7 dsctl fsck --full
exits 0 dsctl fsck --repair
rm -f "$(ls -S .dsctl/store/packs/*.pack | head -n 1)"
exits 7 dsctl fsck
out "missing"
exits 7 dsctl fsck --full
exits 0 dsctl fsck --repair
exits 0 dsctl cat table.csv
cmp "$sandbox/out" table.csv
# In the registry: nothing is handed out, nothing is left half written, and the checkout is as it was.
pack=$(find "$registry/data" -path '*packs*' -name '0*' -not -name '*.lock' -size +50k | head -n 1)
cp "$pack" ../pack && spoil "$pack"
exits 7 dsctl get demo/cats:v1 -o ../got
! cmp -s ../got/table.csv table.csv || fail "the test spoils nothing that matters"
[ ! -e ../got/table.csv ] || fail "a file that does not match its hash was installed"
exits 7 dsctl verify demo/cats:v1
exits 7 dsctl clone demo/cats:v1 ../copy
exits 0 dsctl fsck --full
rm "$pack"
exits 7 dsctl verify demo/cats:v1
cp ../pack "$pack"
exits 0 dsctl get demo/cats:v1 -o ../got
same_tree . ../got
# The registry's own description: a newer format, and rubbish.
description=$registry/control/registry.json=/object
cp "$description" ../description && sed -i 's#dsctl.registry/1#dsctl.registry/2#' "$description"
exits 128 dsctl resolve demo/cats:v1
err "newer dsctl"
echo '{' >"$description"
exits 7 dsctl resolve demo/cats:v1
err "registry"
exits 0 dsctl status
