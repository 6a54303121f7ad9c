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
exits 6 dsctl push
err "moved on local"
err "hint: dsctl pull"
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
