# What cannot be done is said with the object's name and a way out, and leaves the repository as it was.
state() {
    find .dsctl -path .dsctl/git/objects -prune -o -path .dsctl/worktree/index -prune -o -name "*lock" -o -type f -exec sha256sum {} + | sort -k 2
    list_tree
}
refused() { # CODE ERROR HINT COMMAND...
    local code=$1 error=$2 hint=$3 before
    shift 3
    before=$(state)
    exits "$code" "$@"
    no_out
    err "error: $error"
    err "hint: $hint"
    same "$before" "$(state)"
    dsctl fsck >/dev/null || fail "not sound after: $*"
}
start cats
refused 128 "demo/cats:v1 is empty" "dsctl add . " dsctl publish --yes
sample
commit_all First
refused 3 "'v7' is no version or commit of demo/cats" "did you mean 'v1'?" dsctl diff v7
refused 3 "'v7' is no version or commit of demo/cats" "did you mean 'v1'?" dsctl switch v7
refused 3 "'v7' is no version or commit of demo/cats" "" dsctl draft v8 --inherit v7
refused 3 "there is no dataset demo/cats in registry 'local'" "" dsctl clone demo/cats:v7 ../other
[ ! -e ../other ] || fail "a clone that failed left a folder"
echo more >>run.sh
refused 128 "" "dsctl" dsctl publish --yes
dsctl restore run.sh >/dev/null
dsctl publish -q --yes
refused 6 "demo/cats:v1 is published and cannot change" "dsctl draft v2 --inherit v1" dsctl add run.sh
refused 6 "demo/cats:v1 is published and cannot change" "dsctl draft v2 --inherit v1" dsctl rm run.sh
refused 6 "demo/cats:v1 is published and cannot change" "dsctl draft v2 --inherit v1" dsctl mv run.sh walk.sh
refused 6 "demo/cats:v1 is published and cannot change" "dsctl draft v2 --inherit v1" dsctl commit -m x
refused 6 "version v1 exists already" "dsctl switch v1" dsctl draft v1 --new
for name in a..b v1.lock HEAD -v "v 1" ".v" "v/1" "$(printf 'v%.0s' $(seq 64))" 0123456789012345678901234567890123456789; do
    refused 129 "" "" dsctl draft --new -- "$name"
done
dsctl draft v2 --inherit v1 >/dev/null
for path in ../outside /etc/passwd images/../../outside .dsctl/config .git/x; do
    refused 129 "" "" dsctl add "$path"
    refused 129 "" "" dsctl rm "$path"
done
refused 3 "" "" dsctl add nowhere
mkdir ../full && echo mine >../full/file
refused 6 "'$sandbox/work/full' exists and is not empty" "dsctl clone" dsctl clone demo/cats:v1 ../full
same "$(ls -A ../full)" file
refused 3 "there is no registry 'lokal'" "did you mean 'local'?" dsctl push --to lokal
# An empty path (an unset variable of a script) never means everything.
for command in "add" "rm -r" "restore" "rm -r --in demo/none:v1" "mkdir --in demo/none:v1" "mv --in demo/none:v1 a" \
    "get demo/none:v1" "ls --in demo/cats:v1"; do
    # shellcheck disable=SC2086
    exits 129 dsctl $command ''
    err "a path is empty"
done
refused 129 "'/a/b' is absolute" "write a/b" dsctl get demo/cats:v1 /a/b
refused 129 "--inherit and --new exclude each other" "dsctl draft" dsctl draft v9 --inherit v1 --new
