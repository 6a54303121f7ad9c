# get brings files, folders and globs without a checkout and goes on where it stopped; resolve names a version exactly.
start cats
sample
commit_all First
dsctl publish -q --yes
cd ..
exits 0 dsctl get demo/cats:v1 -o all
same_tree cats all
exits 0 dsctl get demo/cats:v1 images table.csv -o some
same "$(cd some && find . -type f | sort | tr '\n' ' ')" "./images/cats/1.txt ./images/cats/2.txt ./table.csv "
exits 0 dsctl get demo/cats:v1 'images/**/2.*' -o globbed
same "$(cd globbed && find . -type f)" "./images/cats/2.txt"
exits 0 dsctl get demo/cats:v1 table.csv -o -
cmp "$sandbox/out" cats/table.csv
echo damaged >all/table.csv
exits 0 dsctl get demo/cats:v1 -o all
same_tree cats all
exits 3 dsctl get demo/cats:v1 no-such -o x
exits 3 dsctl get demo/cats:v9 -o x
pinned=$(dsctl resolve -q demo/cats)
exits 0 dsctl resolve "$pinned"
exits 6 dsctl resolve "demo/cats:v1@sha256:$(printf '0%.0s' {1..64})"
golden json dsctl resolve demo/cats:v1 --json
# The digest is what coreutils compute from the files.
listing=$(cd cats && find . -path ./.dsctl -prune -o \( -type f -o -type l -o -type d -empty \) -printf '%P\n' | LC_ALL=C sort | while IFS= read -r path; do
    if [ -L "$path" ]; then printf '120000 %s %s %s\0' "$(readlink -n "$path" | sha256sum | cut -c1-64)" "$(readlink -n "$path" | wc -c)" "$path"
    elif [ -d "$path" ]; then printf '040000 %064d 0 %s\0' 0 "$path"
    else printf '%s %s %s %s\0' "$([ -x "$path" ] && echo 100755 || echo 100644)" "$(sha256sum <"$path" | cut -c1-64)" "$(stat -c %s "$path")" "$path"; fi
done | sha256sum | cut -c1-64)
dsctl resolve demo/cats:v1 --json | grep "$listing" >/dev/null || fail "coreutils compute another listing: $listing"
# A pattern that matches nothing is a mistake, and leaves no folder behind.
exits 3 dsctl get demo/cats:v1 '*.csv' 'zz*' -o nothing
err "matches 'zz*'"
err "dsctl ls --in local/demo/cats:v1 -R"
[ ! -e nothing ] || fail "a folder was made for nothing"
# In a checkout a revision is as good as the version that stands on it.
cd cats && dsctl draft v2 --inherit v1 >/dev/null && echo 2 >two && commit_all Two && dsctl push -q
same "$(dsctl resolve -q HEAD)" local/demo/cats:v2
same "$(dsctl resolve -q HEAD~1)" "$pinned"
echo 3 >three && commit_all Three && dsctl push -q
exits 3 dsctl resolve HEAD~1
err "on which no version stands"
exits 0 $(sed -n 's/^hint: //p' "$sandbox/err")
exits 3 dsctl resolve HEAD~7
# A full reference to this dataset means here what it means there.
exits 0 dsctl log --oneline demo/cats:v1
same "$(wc -l <"$sandbox/out")" 1
same "$(dsctl rev-parse demo/cats:v1)" "$(dsctl rev-parse v1)"
same "$(dsctl rev-parse cats:v2)" "$(dsctl rev-parse v2)"
same "$(dsctl rev-parse local/demo/cats:v2)" "$(dsctl rev-parse v2)"
same "$(dsctl rev-parse "$pinned")" "$(dsctl rev-parse v1)"
same "$(dsctl rev-parse demo/cats)" "$(dsctl rev-parse v1)"
exits 6 dsctl rev-parse "demo/cats:v1@sha256:$(printf '0%.0s' {1..64})"
exits 3 dsctl rev-parse demo/cats:v7
exits 3 dsctl log demo/dogs:v1
err "of another dataset"
exits 0 dsctl diff --stat demo/cats:v1
out three
exits 0 dsctl show demo/cats:v1
exits 0 dsctl merge demo/cats:v1
exits 0 dsctl restore --from demo/cats:v1 table.csv
exits 0 dsctl switch demo/cats:v1
exits 0 dsctl push demo/cats:v2
exits 129 dsctl show v1:table.csv
exits 0 $(sed -n 's/^hint: //p' "$sandbox/err")
cmp "$sandbox/out" table.csv
