# An error names what was typed, and its hint can be followed as it stands.
refused() { # CODE ERROR HINT COMMAND...
    local code=$1 error=$2 hint=$3
    shift 3
    exits "$code" "$@"
    err "error: $error"
    same "$(sed -n 's/^hint: //p' "$sandbox/err")" "$hint"
}
follow() { # runs the last hint
    local hint
    hint=$(sed -n 's/^hint: //p' "$sandbox/err")
    exits 0 sh -c "$hint"
}
start cats
# A draft without commits.
for command in show "show v1" "show HEAD" log verify "verify v1" "diff v1" "push v1"; do
    refused 3 "draft v1 has no commits" "dsctl add . && dsctl commit -m MESSAGE" dsctl $command
done
refused 6 "draft v1 is checked out" "dsctl draft ANOTHER-NAME --new" dsctl drop v1
sample
follow_commit() { dsctl add -A . >/dev/null && dsctl commit -q -m First >/dev/null; }
follow_commit
dsctl draft v2 --inherit v1 >/dev/null
refused 6 "draft v2 is checked out" "dsctl switch v1" dsctl drop v2
follow
dsctl switch -q v2
# Paths as they are seen from here.
cd images
refused 3 "'../x' is not tracked" "dsctl status" dsctl rm ../x
refused 3 "'../x' neither exists nor is tracked" "dsctl status" dsctl add ../x
refused 3 "there is no '../x' in the checkout" "dsctl ls" dsctl cat ../x
refused 3 "'../x' is not in that version" "dsctl ls" dsctl restore ../x
refused 129 "'cats' is a folder" "dsctl ls cats" dsctl cat cats
follow
refused 129 "'../labels' is a folder; it is only removed with -r" "dsctl rm -r ../labels" dsctl rm ../labels
follow
dsctl restore --staged .. && dsctl restore ..
echo more >>../run.sh
exits 6 dsctl draft v9 --new
err "local changes would be lost in 1 path: '../run.sh'"
dsctl restore ../run.sh
cd ..
refused 129 "'.' is a folder; it is only removed with -r" "dsctl rm -r ." dsctl rm .
refused 129 "'.' is the whole dataset and cannot be moved" "dsctl help mv" dsctl mv . x
refused 129 "'images' cannot be moved into itself" "dsctl help mv" dsctl mv images images/cats
refused 129 "'run.sh' is there already" "dsctl help mv" dsctl mv run.sh run.sh
exits 0 dsctl mkdir .
exits 0 dsctl mv run.sh images
out "moved 'run.sh' to 'images/run.sh'"
exits 0 dsctl mv --json images/run.sh .
out '"to": "run.sh"'
# What stands in the way, tracked or not.
ln -s images untracked
refused 6 "'untracked' exists and is no folder" "mv untracked untracked.old" dsctl mv run.sh untracked/run.sh
refused 6 "'untracked' exists and is no folder" "mv untracked untracked.old" dsctl mkdir untracked/new
follow
exits 0 dsctl mkdir untracked/new
exits 0 dsctl rm -r untracked
refused 6 "'link' exists and is no folder" "dsctl rm link" dsctl mv run.sh link/run.sh
refused 6 "'table.csv' exists" "dsctl rm table.csv" dsctl mv run.sh table.csv
follow
exits 0 dsctl mv run.sh table.csv
dsctl reset --hard --yes >/dev/null
# git's REV:PATH.
refused 3 "there is no 'v1:labels' in the checkout" "dsctl ls --in v1 labels" dsctl cat v1:labels
follow
refused 129 "'v1:run.sh' would name a file in git" "dsctl cat --in v1 run.sh" dsctl show v1:run.sh
follow
# A version that its registry does not have yet.
for command in "resolve v2" "deprecate v2 --reason old" "cite v2" "get demo/cats:v2" "rm --in v2 link"; do
    refused 3 "there is no dataset demo/cats in registry 'local'" "dsctl push v2" dsctl $command
done
dsctl push -q v1
refused 3 "demo/cats has no version v2 in registry 'local'" "dsctl push v2" dsctl resolve v2
follow
exits 0 dsctl resolve v2
refused 129 "'images' is a folder" "dsctl ls --in local/demo/cats:v1 images" dsctl get demo/cats:v1 images -o -
follow
refused 129 "'.' is the whole version and cannot be moved" "dsctl help mv" dsctl mv --in v1 . x
refused 129 "'.' is a folder; it is only removed with -r" "dsctl rm -r --in local/demo/cats:v1 ." dsctl rm --in v1 .
# Files that are not there.
refused 3 "there is no 'run.hs' here" "did you mean 'run.sh'?" dsctl put demo/cats:v2 run.hs
refused 3 "there is no 'images/dogz/1.txt' here" "ls images" dsctl hash-file images/dogz/1.txt
refused 3 "there is no 'imges' here" "did you mean 'images'?" dsctl import imges demo/new:v1
refused 129 "'images' is a folder" "dsctl hash-file images/FILE" dsctl hash-file images
refused 3 "cannot enter 'labls'" "did you mean 'labels'?" dsctl -C labls status
# Options that do not go together, settings and registries.
dsctl switch -q v1 && dsctl publish -q --yes v1 && dsctl fetch -q
refused 129 "--reason and --withdraw exclude each other" \
    "dsctl deprecate v1 --reason TEXT, or dsctl deprecate v1 --withdraw" dsctl deprecate v1 --withdraw --reason x
refused 129 "say why" "dsctl deprecate v1 --reason TEXT" dsctl deprecate v1
refused 129 "--key goes with --rows" "dsctl help diff" dsctl diff --key id
refused 129 "--signers takes a number from 1 to" "dsctl help verify" dsctl verify --signers 0
refused 3 "'no.such' is not set in this checkout" "dsctl config list --show-origin" dsctl config set --unset no.such
refused 3 "'core.namespace' is not set for this user" "dsctl config list --show-origin" dsctl config set --global --unset core.namespace
refused 129 "registry 'local' is built in" "dsctl registry default NAME makes another one the default" dsctl registry remove local
refused 3 "'core.namepsace' is not set" "did you mean 'core.namespace'?" dsctl config get core.namepsace
dsctl config set registry.here.url "$PWD/../here"
refused 6 "registry 'here' is configured in '$PWD/.dsctl/config'" "dsctl config set --unset registry.here.url" dsctl registry remove here
follow
refused 3 "registry 'here' is not configured" "dsctl registry list" dsctl registry remove here
exits 0 dsctl registry add lab https://127.0.0.1:9/bucket
err "hint: dsctl help credentials"
# A published version takes nothing in.
echo changed >run.sh && : >new
exits 0 dsctl status
! grep "dsctl add" "$sandbox/out" || fail "status says that a published version takes something in"
err "to go on: dsctl draft v3 --inherit v1"
# What stands in the way of folders and archives, and keys that are not there.
cd ..
mkdir there && : >there/images
exits 128 dsctl get demo/cats:v1 -o there
err "'$PWD/there/images': a file or link is in the way"
follow
exits 0 dsctl get demo/cats:v1 -o there
refused 3 "there is no '$PWD/none' here" "ls $PWD" dsctl export demo/cats:v1 none/x.tar
refused 3 "there is no 'none' here" "ls ." dsctl verify --allowed-signers none demo/cats:v1
refused 3 "there is no 'none' here" "ls ." dsctl publish --yes --sign none demo/cats:v1
