# status lists staged, unstaged and untracked paths, and nothing when nothing changed.
start cats
sample
golden fresh dsctl status
dsctl add .
golden staged dsctl status -s
dsctl commit -q -m First
exits 0 dsctl status -s
no_out
printf 'changed' >table.csv
rm images/cats/2.txt
chmod -x run.sh
mkdir new && : >new/file
mv link link2
golden changed dsctl status -s
golden changed_json dsctl status --json
exits 0 dsctl status -z
out "new/"
dsctl add table.csv
golden both dsctl status
# A touched file with the same bytes is no change.
dsctl restore .
touch -d 2001-01-01 labels/empty.txt
dsctl add new link2
dsctl restore --staged .
exits 0 dsctl status -s labels
no_out
