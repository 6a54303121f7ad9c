# export: a version as plain files in a folder or as a tar; only what differs, nothing removed unasked.
mkdir src && cd src && sample && printf 'x' >"$(printf 'n\xc3\xa4me \xff')" && cd ..
exits 0 dsctl import src demo/cats:v1
exits 0 dsctl publish demo/cats:v1 --yes
exits 0 dsctl export demo/cats:v1 out
out "8 entries"
same_tree src out
exits 0 dsctl export demo/cats:v1 out
out "has all of it already"
echo damaged >out/table.csv && echo mine >out/images/mine && mkdir -p out/own/sub out/labels/x && echo mine >out/own/file
exits 0 dsctl export demo/cats:v1 out
out "1 entry"
cmp out/table.csv src/table.csv
[ -f out/images/mine ] && [ -d out/own/sub ] || fail "something was removed"
exits 0 dsctl export demo/cats:v1 out --delete
same_tree src out
# A folder where a file is to be, and the other way round: only with --delete.
rm -r out/images && echo file >out/images && rm out/run.sh && mkdir out/run.sh && echo y >out/run.sh/y
exits 128 dsctl export demo/cats:v1 out
exits 0 dsctl export demo/cats:v1 out --delete
same_tree src out
# A link in the way is not followed.
mkdir outside && rm -r out/images && ln -s ../outside out/images
dsctl export demo/cats:v1 out >/dev/null 2>&1 || true
[ -z "$(ls outside)" ] || fail "it wrote through a link"
for suffix in tar tar.gz tgz tar.zst; do
    exits 0 dsctl export demo/cats:v1 "a.$suffix"
    rm -rf unpacked && mkdir unpacked && tar -C unpacked -xf "a.$suffix"
    same_tree src unpacked
    cp "a.$suffix" first && sleep 0.1 && dsctl export -q demo/cats:v1 "a.$suffix" >/dev/null
    cmp first "a.$suffix"
done
dsctl export demo/cats:v1 - | cmp - a.tar
# There and back again gives the same digest.
exits 0 dsctl import a.tar.zst demo/copy:v1
exits 0 dsctl publish demo/copy:v1 --yes
same "$(dsctl resolve -q demo/copy:v1 | cut -d@ -f2)" "$(dsctl resolve -q demo/cats:v1 | cut -d@ -f2)"
exits 129 dsctl export demo/cats:v1 a.tar --delete
exits 129 dsctl export demo/cats:v1 s3://bucket --delete # before anything is asked of anybody
err "everybody's objects"
err "dsctl export --delete local/demo/cats:v1 s3://bucket/PREFIX"
exits 3 dsctl export demo/cats:v7 out
exits 129 dsctl export demo/cats:v1 e.zip
err "no archive that dsctl writes"
[ ! -e e.zip ] || fail "a folder was made for an archive"
exits 0 dsctl export demo/cats:v1 e.zip/
exits 0 dsctl export demo/cats:v1 e.zip # there is that folder
same_tree src e.zip
# Damage in the registry is never written out.
find "$HOME/.local/share/dsctl/registry" -type f -size +100k | while IFS= read -r pack; do # of both datasets
    chattr -i "$pack" 2>/dev/null || true
    chmod u+w "$pack" && printf 'XXXXXXXX' | dd of="$pack" bs=1 seek=5000 conv=notrunc status=none
done
rm -rf "$HOME/.cache" damaged
exits 7 dsctl export demo/cats:v1 damaged
exits 7 dsctl export demo/cats:v1 damaged.tar
[ ! -e damaged.tar ] || fail "half an archive is left"
