# Content that is damaged here and in the registry: fsck says so until it is there again, once for each file; the work tree
# gives it back, and what else the registry has comes although one pack of it is damaged.
start cats
seq 1 100000 >table.csv
echo small >small
commit_all First
dsctl publish -q --yes >/dev/null
dsctl draft v2 --inherit v1 >/dev/null 2>&1
dsctl draft v3 --inherit v1 >/dev/null 2>&1
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
spoil() { chmod u+w "$1" && printf '\x55\x55' | dd of="$1" bs=1 seek=1000 conv=notrunc status=none; }
local_pack=$(ls -S .dsctl/store/packs/*.pack | head -n 1)
spoil "$local_pack"
exits 7 dsctl fsck --full
same "$(grep -c "^bad " "$sandbox/out")" 1
spoil "$(find "$registry/data" -path '*packs*' -name '0*' -not -name '*.lock' -size +50k | head -n 1)"
cp table.csv ../table.csv && rm table.csv
exits 7 dsctl fsck --repair
out "'table.csv'"
err "table.csv"
err "dsctl verify local/demo/cats:v"
for again in 1 2; do
    exits 7 dsctl fsck
    out "'table.csv': a part of its content is missing, and its registry could not give it"
    same "$(grep -c "table.csv" "$sandbox/out")" 1
done
exits 7 dsctl verify local/demo/cats:v1
exits 7 dsctl get local/demo/cats:v1 -o ../got
err "dsctl verify local/demo/NAME:VERSION"
cp ../table.csv table.csv
exits 0 dsctl fsck --repair
exits 0 dsctl fsck --full
exits 0 dsctl verify
exits 0 dsctl status -s
no_out
