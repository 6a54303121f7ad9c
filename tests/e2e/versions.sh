# Drafts: inherit from a version of this or another dataset, or new and empty; switch and drop.
start cats
sample
commit_all First
exits 0 dsctl draft v2 --inherit v1
echo two >two && commit_all Two
exits 0 dsctl draft fresh --new
exits 0 dsctl ls
no_out
[ ! -e two ] || fail "a new version is not empty"
echo only >only && commit_all Only
exits 6 dsctl draft V2 --inherit v1
err "case"
exits 6 dsctl draft v2 --inherit v1
exits 129 dsctl draft x..y --inherit v1
exits 129 dsctl draft v3
exits 0 dsctl switch v2
same "$(cat two)" two
echo changed >two
exits 6 dsctl switch v1
err two
dsctl restore two
exits 0 dsctl switch v1
exits 3 dsctl switch v22
err "did you mean 'v2'?"
exits 6 dsctl drop v1
exits 6 dsctl drop fresh
exits 0 dsctl drop --force fresh
golden list dsctl versions
# Published versions cannot be dropped or changed.
exits 0 dsctl publish --yes
exits 6 dsctl drop v1
err "holds until 20"
exits 6 dsctl add run.sh
err "hint: dsctl draft v3 --inherit v1" # v2 is taken
exits 0 dsctl switch v2
exits 0 dsctl publish --yes
exits 0 dsctl deprecate v1 --reason "old"
golden all dsctl versions
exits 0 dsctl versions demo/cats
grep -q "^  v2  *published  *v1 " "$sandbox/out" || fail "the registry does not know what v2 inherits from"
exits 6 dsctl commit -m x
# A draft without commits is a name only: what is staged on it is not lost by leaving it, and that it goes is said.
cd .. && start dogs
echo a >a && exits 0 dsctl add a
exits 6 dsctl draft v2 --new
err "staged changes that no commit holds"
exits 0 dsctl restore --staged .
exits 0 dsctl draft v2 --new
err "draft v1 had no commits and is not kept"
exits 0 dsctl add a && exits 0 dsctl commit -m One
exits 0 dsctl draft v3 --new
exits 0 dsctl switch v2
err "draft v3 had no commits and is not kept"
exits 3 dsctl switch v3
# FILES are files and links, published or not; empty folders are none.
cd .. && start birds
sample && commit_all First
files_of() { dsctl versions --json | python3 -c 'import json,sys; print(*(r["files"] for r in json.load(sys.stdin)["versions"]))'; }
same "$(files_of)" 6
exits 0 dsctl publish -q --yes
same "$(files_of)" 6
exits 0 dsctl draft v2 --inherit v1
mkdir more && rm table.csv && echo 1 >x && echo 2 >y && commit_all More
same "$(files_of)" "6 7"
dsctl push -q && exits 0 dsctl clone -q demo/birds:v1 ../birds2
same "$(cd ../birds2 && files_of)" "6 7"
# A checkout stands on versions: a commit is not taken for the name of a new one.
exits 129 dsctl switch HEAD~1
err "hint: dsctl draft NEW-VERSION --inherit HEAD~1"
exits 129 dsctl switch "$(dsctl rev-parse --short HEAD)"
same "$(dsctl versions -q)" $'v1\nv2'
exits 0 dsctl push HEAD
exits 129 dsctl push local
err "hint: dsctl push --to local"
