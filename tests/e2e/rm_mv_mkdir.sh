# rm, mv and mkdir act on the files and on what is staged.
start cats
sample
commit_all First
exits 0 dsctl mv table.csv data.csv
exits 0 dsctl mv data.csv labels
[ -f labels/data.csv ] || fail "mv into a folder"
exits 0 dsctl rm --cached labels/empty.txt
[ -e labels/empty.txt ] || fail "--cached removed the file"
dsctl add labels/empty.txt
exits 129 dsctl rm images
err "-r"
exits 0 dsctl rm -r images
[ ! -e images ] || fail "images is still there"
echo local >>run.sh
exits 6 dsctl rm run.sh
dsctl restore run.sh
exits 0 dsctl mkdir boxes/inner
# A file goes into a folder that is there, or stays where it is.
exits 3 dsctl mv link none/
err "hint: dsctl mkdir none"
exits 0 dsctl mv link boxes/inner/
out "moved 'link' to 'boxes/inner/link'"
exits 0 dsctl mv boxes/inner/link .
exits 0 dsctl mv boxes crates/
exits 0 dsctl mv crates boxes
exits 3 dsctl mv no-such x
exits 0 dsctl commit -m "Moved"
golden stat dsctl diff --stat HEAD~1 HEAD
golden names dsctl diff --name-status HEAD~1 HEAD
exits 0 dsctl ls -R
out boxes/inner
# What is staged and in no commit is content that would be lost, too.
echo precious >fresh && mkdir -p many/deep && echo more >many/deep/1 && echo changed >>run.sh
exits 0 dsctl add fresh many run.sh
for paths in fresh "-r many" run.sh; do
    exits 6 dsctl rm $paths
    err "has staged changes that no commit holds"
    err "--force removes it"
done
same "$(cat fresh many/deep/1)" "precious
more"
exits 0 dsctl rm --cached fresh
same "$(cat fresh)" precious
exits 0 dsctl rm -r --force many
[ ! -e many ] || fail "many is still there"
# The same in a registry.
dsctl push -q
exits 3 dsctl mv --in v1 link none/
err "hint: dsctl mkdir --in local/demo/cats:v1 none"
exits 0 dsctl mkdir --in local/demo/cats:v1 none
exits 0 dsctl mv --in v1 link none/
exits 0 dsctl ls --in local/demo/cats:v1 none/link
