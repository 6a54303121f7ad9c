# merge joins per path; conflicts change nothing, are all named, and wait for a decision.
start cats
sample
commit_all Base
dsctl draft v2 --inherit v1 >/dev/null
echo theirs >table.csv; echo new >their-new; rm images/cats/2.txt; commit_all Theirs
dsctl switch v1 >/dev/null
echo ours >our-new && commit_all Ours
exits 0 dsctl merge v2
same "$(cat table.csv)$(cat our-new)$(cat their-new)" "theirsoursnew"
[ ! -e images/cats/2.txt ] || fail "a deletion was not merged"
exits 0 dsctl merge v2
dsctl draft v3 --inherit v1 >/dev/null
echo 3 >table.csv; echo 3 >our-new; commit_all Three
dsctl switch v1 >/dev/null
echo 1 >table.csv; rm our-new; commit_all One
exits 6 dsctl merge v3
out table.csv
out our-new
exits 0 dsctl status
out table.csv
same "$(cat table.csv)" 1
exits 6 dsctl commit -m "Too early"
exits 6 dsctl publish --yes
err "the merge of v3 waits for its conflicts"
exits 0 dsctl merge --abort
exits 3 dsctl merge --abort
exits 6 dsctl merge v3
cp .dsctl/merge ../note
echo '{' >.dsctl/merge
exits 7 dsctl merge --ours
exits 0 dsctl merge --abort # also of a note that is damaged
exits 6 dsctl merge v3
exits 0 dsctl merge --theirs
cp ../note .dsctl/merge # a process killed before it could remove it: the merge is over all the same
exits 0 dsctl status
! grep -q "waits" "$sandbox/out" || fail "a merge that is committed still waits"
same "$(cat table.csv)$(cat our-new)" 33
exits 0 dsctl status -s
no_out
golden graph dsctl log --oneline --graph
