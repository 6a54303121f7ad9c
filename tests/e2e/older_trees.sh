# Whoever clones a draft can look at the commits before it: their file lists come along, their content does not.
start cats
sample
commit_all First
echo one >a && rm labels/empty.txt && commit_all Second
mkdir b && echo two >b/two && echo changed >a && commit_all Third
dsctl push -q
echo three >three && commit_all Fourth
dsctl push -q # the third was the newest of its push, and is one of many now
cd .. && exits 0 dsctl clone -q demo/cats:v1 bo
cd bo
exits 0 dsctl diff --name-status HEAD~1 HEAD
out three
exits 0 dsctl diff --name-status HEAD~3 HEAD~1
out b/two
out labels/empty.txt
exits 0 dsctl ls -l # the newest has its content
(cd ../cats && echo four >four && commit_all Fifth && dsctl push -q)
exits 0 dsctl pull
exits 0 dsctl diff --name-status HEAD~1
out four
exits 3 dsctl cat --in demo/cats:v9 a
