# put, and rm, mv and mkdir with --in: one commit each on a draft in a registry, without a checkout.
mkdir src && cd src && sample && cd ..
exits 3 dsctl put demo/cats:v1 src/.
err "dsctl draft"
exits 0 dsctl draft demo/cats:v1 --new
exits 0 dsctl put demo/cats:v1 src/. -m "All of it"
out "7 added"
exits 0 dsctl get demo/cats:v1 -o got
same_tree src got
# The same again is no commit.
first=$(dsctl resolve demo/cats:v1 --json | grep '"commit"')
exits 0 dsctl put demo/cats:v1 src/.
out "no commit was made"
same "$(dsctl resolve demo/cats:v1 --json | grep '"commit"')" "$first"

# Names: a folder under its own, --to a file, --to a folder, into a folder of the draft, standard input.
mkdir photos && echo a >photos/a && : >photos/b && mkdir photos/none
exits 0 dsctl put demo/cats:v1 photos
exits 0 dsctl put demo/cats:v1 photos/a --to renamed
exits 0 dsctl put demo/cats:v1 photos/a photos/b --to more
exits 0 dsctl put demo/cats:v1 photos/a --to labels
seq 200000 | dsctl put demo/cats:v1 - --to deep/er/stream.txt >/dev/null
exits 129 dsctl put demo/cats:v1 -
rm -rf got && dsctl get -q demo/cats:v1 -o got >/dev/null
same "$(cat got/renamed got/more/a got/labels/a)" "$(printf 'a\na\na')"
[ -f got/more/b ] && [ ! -s got/more/b ] && [ -d got/photos/none ] || fail "an empty file or folder is lost"
seq 200000 | cmp - got/deep/er/stream.txt
# A folder in which something is put is no longer empty.
exits 0 dsctl put demo/cats:v1 photos/a --to photos/none/
exits 0 dsctl ls -R --in demo/cats:v1 photos
same "$(grep -c none "$sandbox/out")" 1
# A file where a folder is, and the other way round, changes nothing.
exits 6 dsctl put demo/cats:v1 photos/. --to renamed
err "'renamed' is a file"
echo x >images
exits 6 dsctl put demo/cats:v1 images
err "'images' is a folder"

# Ignore rules, special files, bad sources.
mkdir -p ign/.git ign/sub && echo '*.tmp' >ign/.dsctlignore && touch ign/a.tmp ign/sub/b.tmp ign/.git/x ign/kept
mkfifo ign/pipe
exits 0 dsctl put demo/cats:v1 ign
err "skipped 'ign/pipe'"
same "$(dsctl ls -R --in demo/cats:v1 ign | grep -c tmp)" 0
exits 3 dsctl put demo/cats:v1 no-such
exits 0 dsctl put -n demo/cats:v1 src/table.csv
out "would put 1 file"

# A small change of a large file sends a small part of it.
seq 1 100000 | sed '50000s/.*/changed/' >src/table.csv
exits 0 dsctl put demo/cats:v1 src/table.csv --json
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); t=d["transfer"]; sys.exit(not (d["modified"]==1 and t["bytes"]<120000 and t["reused_bytes"]>400000))' "$sandbox/out" || { cat "$sandbox/out"; fail "it sent too much"; }

# rm, mv, mkdir.
exits 129 dsctl rm --in demo/cats:v1 images
exits 0 dsctl rm -n -r --in demo/cats:v1 images
out "would remove 2 paths"
exits 0 dsctl rm -r --in demo/cats:v1 images renamed
exits 0 dsctl rm --in demo/cats:v1 labels/empty.txt labels/a
exits 3 dsctl rm --in demo/cats:v1 renamed
exits 0 dsctl mv --in demo/cats:v1 deep moved
exits 0 dsctl mv --in demo/cats:v1 run.sh moved
exits 6 dsctl mv --in demo/cats:v1 table.csv moved/run.sh
exits 3 dsctl mv --in demo/cats:v1 deep x
exits 129 dsctl mv --in demo/cats:v1 moved moved/x
exits 0 dsctl mkdir --in demo/cats:v1 boxes/inner labels
exits 0 dsctl mkdir --in demo/cats:v1 boxes
out "no commit was made"
golden tree dsctl ls -R --in demo/cats:v1
# The whole history arrives in a clone; fsck and verify find nothing.
exits 0 dsctl clone demo/cats:v1 clone
cd clone
exits 0 dsctl log --oneline
out "All of it"
golden log dsctl log --oneline
exits 0 dsctl fsck --full
cd ..
# What is published cannot change.
exits 0 dsctl publish demo/cats:v1 --yes
exits 0 dsctl verify local/demo/cats:v1
exits 6 dsctl put demo/cats:v1 photos/a
err "is published and cannot change"
err "dsctl draft"
exits 6 dsctl put -n demo/cats:v1 photos/a
err "is published and cannot change"
err "dsctl draft"
exits 6 dsctl import -n photos demo/cats:v1
err "is published and cannot change"
exits 0 dsctl import -n photos demo/birds:v1
exits 6 dsctl rm --in demo/cats:v1 table.csv
exits 6 dsctl mkdir --in demo/cats:v1 q
exits 129 dsctl put demo/cats photos/a
exits 3 dsctl put demo/dogs:v1 photos/a
exits 3 dsctl put -n demo/dogs:v1 photos/a
exits 3 dsctl put -n demo/cats:other photos/a
err "dsctl draft"
exits 129 dsctl put -n demo/cats photos/a
# A draft that inherits: put goes upon it, and push of a clone made before is told so.
exits 0 dsctl draft demo/cats:v2 --inherit demo/cats:v1
exits 0 dsctl clone demo/cats:v2 second
exits 0 dsctl put demo/cats:v2 photos/a --to one
cd second && echo two >two && dsctl add -q two >/dev/null && dsctl commit -q -m Two >/dev/null
exits 6 dsctl push
exits 0 dsctl pull
exits 0 dsctl push
exits 0 dsctl verify local/demo/cats:v2
