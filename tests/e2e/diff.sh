# diff shows texts line by line, pairs renames by content, and answers with --exit-code.
start cats
sample
seq 1 20 >lines.txt
commit_all First
exits 0 dsctl diff --exit-code
sed -i 's/^10$/ten/' lines.txt
mv table.csv renamed.csv
head -c 3000 /dev/zero >binary
commit_all Second
golden text dsctl diff v1~1 v1
golden stat dsctl diff --stat v1~1 v1
golden json dsctl diff --json v1~1 v1
exits 1 dsctl diff --exit-code v1~1 v1
echo edit >>lines.txt
golden worktree dsctl diff
dsctl add lines.txt
exits 0 dsctl diff
no_out
golden staged dsctl diff --staged
exits 0 dsctl diff v1~1 v1 -- images
no_out
exits 3 dsctl diff no-such
