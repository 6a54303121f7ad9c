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
err "dsctl ls -R --in"
[ ! -e nothing ] || fail "a folder was made for nothing"
