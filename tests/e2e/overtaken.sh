# A draft whose name somebody else has published: nothing is sealed, sent or dropped that is not what it says.
mkdir a && cd a && dsctl init -q --name cats && echo one >f && commit_all One && dsctl push -q && cd ..
exits 0 dsctl clone -q demo/cats:v1 b
exits 0 dsctl clone -q demo/cats:v1 d
exits 0 dsctl clone -q demo/cats:v1 e
cd a && echo two >f && commit_all Two && dsctl push -q && cd ..
exits 0 dsctl clone -q demo/cats:v1 c
(cd a && exits 0 dsctl publish --yes)
# b stands behind: told so, no commit is made on it, and pull brings what was published.
cd b && exits 0 dsctl fetch
exits 0 dsctl status
out "v1 was published meanwhile"
out "dsctl pull"
echo mine >f
exits 6 dsctl add f
err "demo/cats:v1 was published meanwhile and cannot change"
err "dsctl draft v2 --inherit v1"
exits 6 dsctl commit -am Mine
exits 6 dsctl publish --yes
exits 6 dsctl pull
same "$(cat f)" mine
exits 0 dsctl restore f
exits 0 dsctl pull
same "$(cat f)" two
exits 0 dsctl status
out "On published version v1"
same "$(dsctl for-each-ref | grep -c refs/heads/v1)" 0
exits 0 dsctl verify
cd ..
# c has the very commit checked out that was published.
cd c && exits 0 dsctl pull
same "$(cat f)" two
exits 0 dsctl status
out "On published version v1"
cd ..
# d committed before it knew: its commits are neither taken for published nor lost, and go on under another name.
cd d && echo own >f && exits 0 dsctl commit -am Own
own=$(dsctl rev-parse HEAD)
exits 6 dsctl push
exits 0 dsctl fetch
err "the draft here has commits of its own"
exits 0 dsctl status
out "v1 was published meanwhile"
for verb in "push" "publish --yes" "pull" "commit --allow-empty -m More"; do
    exits 6 dsctl $verb
    err "dsctl draft v2 --inherit $own"
done
same "$(dsctl rev-parse HEAD)" "$own"
same "$(dsctl cat --in v1 f)" two
exits 0 dsctl switch v1
same "$(cat f)" two
exits 0 dsctl status -s
no_out
exits 0 dsctl verify
# What is left of the draft can be taken up, and dropped, but not by accident.
exits 0 dsctl push # of the rest
err "draft v1 has commits that are not in what was published as v1"
err "dsctl drop --force v1"
exits 6 dsctl push v1
exits 6 dsctl drop v1
err "commits that no other version and no registry holds"
exits 0 dsctl draft v2 --inherit "$own"
same "$(cat f)" own
exits 0 dsctl drop v1
same "$(dsctl for-each-ref | grep -c refs/heads/v1)" 0
same "$(dsctl rev-parse v1)" "$(cd ../a && dsctl rev-parse v1)"
exits 6 dsctl drop v1
err "is published and cannot be dropped"
exits 0 dsctl publish --yes
cd ..
# e goes on from what was published with its change in the work tree.
cd e && exits 0 dsctl fetch && echo new >g
exits 0 dsctl draft v3 --inherit v1
same "$(cat f) $(cat g)" "two new"
exits 0 dsctl add g
exits 0 dsctl commit -m More
exits 0 dsctl ls
