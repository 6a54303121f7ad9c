# A damaged index, head, record, format or a newer format: an error with its exit code, never wrong bytes.
start cats
sample
commit_all First
dsctl publish -q --yes
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
record=$(grep -rl 'dsctl.record/' "$registry/data" | head -n 1)
chmod u+w "$record" && cp "$record" ../record
sed -i 's/"First\|Ada Test/Eve Test/' "$record"; sed -i 's/sha256":"..../sha256":"0000/' "$record"
exits 7 dsctl verify demo/cats:v1
truncate -s 100 "$record"
exits 7 dsctl get demo/cats:v1 -o ../x
cat ../record >"$record"
exits 0 dsctl verify demo/cats:v1
head=$(find "$registry/control" -path '*heads*' -name object | head -n 1)
cp "$head" ../head && echo '{"schema": "dsctl.head/1"' >"$head"
exits 7 dsctl draft demo/cats:v1 --new
sed 's#dsctl.head/1#dsctl.head/9#' ../head >"$head"
exits 128 dsctl draft demo/cats:v1 --new
err "newer"
cat ../head >"$head"
for index in .dsctl/store/index/*; do chmod u+w "$index"; printf 'junk' >"$index"; done
exits 7 dsctl cat table.csv
err "fsck"
exits 0 dsctl fsck --repair
exits 0 dsctl cat table.csv
cmp "$sandbox/out" table.csv
rm -rf .dsctl/store/index
exits 3 dsctl cat table.csv
err "dsctl fsck"
exits 7 dsctl fsck
exits 0 dsctl fsck --repair
exits 0 dsctl cat table.csv
cmp "$sandbox/out" table.csv
# One damaged draft hides no other version: it is named, and nothing else is refused.
exits 0 dsctl publish --yes
exits 0 dsctl draft demo/cats:broken --new
echo junk >"$(find "$HOME/.local/share/dsctl/registry/control" -path '*heads/broken*' -type f | head -1)"
exits 0 dsctl versions demo/cats
out "v1 "
err "the head of demo/cats:broken in local is damaged"
exits 0 dsctl clone demo/cats:v1 ../other
err "the head of demo/cats:broken in local is damaged"
same_tree . ../other
exits 7 dsctl put demo/cats:broken table.csv
# A registry that has lost its description is not taken for a new one.
description=$(find "$HOME/.local/share/dsctl/registry/control" -path '*registry.json*' -type f | head -1)
mv "$description" ../description
exits 7 dsctl resolve demo/cats:v1
err "its description is gone"
[ ! -e "$description" ] || fail "a new description was made"
mv ../description "$description"
exits 0 dsctl resolve demo/cats:v1
exits 0 dsctl draft v2 --inherit v1
cp .dsctl/git/HEAD ../HEAD && echo junk >.dsctl/git/HEAD
exits 7 dsctl status
err "dsctl switch VERSION"
exits 7 dsctl fsck --repair
err "dsctl switch VERSION"
exits 0 dsctl switch v2
exits 0 dsctl status
cmp .dsctl/git/HEAD ../HEAD
echo "dsctl-repository 2" >.dsctl/format
exits 128 dsctl status
err "newer dsctl"
# Listing versions reads no more than it must: what is damaged of their files does not keep anybody from seeing which there are.
cd "$sandbox/work" && start listed
sample && commit_all First
for pack in $(find .dsctl/store/packs -name '*.pack'); do
    chmod u+w "$pack" && printf 'XXXXXXXX' | dd of="$pack" bs=1 seek=60 conv=notrunc status=none
done
exits 7 dsctl fsck
exits 0 dsctl versions && out "v1 "
