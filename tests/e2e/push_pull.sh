# Two people on one draft: who is behind is told, pulls, merges and pushes.
start cats
sample
commit_all First
exits 0 dsctl push
cd ..
exits 0 dsctl clone demo/cats:v1 bo
echo bo >bo/bo.txt
(cd bo && commit_all Bo && dsctl push -q)
cd cats
echo ada >ada.txt && commit_all Ada
for dry in "" -n; do # what a dry run says is what would come of it
    exits 6 dsctl push $dry
    err "moved on local"
    err "hint: dsctl pull"
done
exits 6 dsctl publish -n
exits 0 dsctl fetch
exits 0 dsctl status
exits 0 dsctl pull -n
out "Would merge: 1 change"
exits 0 dsctl pull
same "$(cat bo.txt ada.txt)" "$(printf 'bo\nada')"
exits 0 dsctl push
cd ../bo
exits 0 dsctl pull
same_tree . ../cats
echo 1 >conflict && commit_all One && dsctl push -q
cd ../cats
echo 2 >conflict && commit_all Two
exits 6 dsctl pull -n
out "Would meet 1 conflict"
exits 6 dsctl pull
out conflict
exits 0 dsctl merge --ours
exits 0 dsctl push
exits 0 dsctl fetch
exits 0 dsctl pull
golden log dsctl log --oneline --graph
golden log_path dsctl log --oneline --graph -- conflict bo.txt
# A draft that was dropped there is named as gone once, and to those who never had it not at all; an empty one is new once.
dsctl draft v2 --new >/dev/null && echo x >x && commit_all X && dsctl push -q
(cd ../bo && exits 0 dsctl fetch && out "local/v2  draft  new")
exits 0 dsctl drop demo/cats:v2
exits 0 dsctl draft demo/cats:v3 --new
cd ../bo
exits 0 dsctl fetch
out "local/v2  dropped  gone"
out "local/v3  empty  new"
exits 0 dsctl fetch
same "$(cat "$sandbox/out")" "Nothing new"
exits 0 dsctl clone -q demo/cats:v1 ../late && cd ../late
exits 0 dsctl fetch --json
! grep -q '"v2"' "$sandbox/out" || fail "what was dropped before is listed"
