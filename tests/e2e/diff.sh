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

# Tables row by row: order does not matter, columns may come and go, a key says which row is which.
printf 'id,name,price\n1,apple,3\n2,"big, red",4\n3,pear,5\n' >fruit.csv
printf '{"id":1,"v":"a"}\n{"id":2,"v":"b"}\n' >lines.jsonl
commit_all Tables
printf 'price,name,id,colour\n4,"big, red",2,red\n3,"apple",1,green\n6,pear,3,yellow\n1,plum,4,blue\n' >fruit.csv
printf '{"id":2,"v":"b"}\n{"id":1,"v":"x"}\n' >lines.jsonl
golden rows dsctl diff --rows --key id -- fruit.csv lines.jsonl
golden rows_whole dsctl diff --rows -- fruit.csv
golden rows_json dsctl diff --rows --json --key id -- fruit.csv
commit_all 'Other tables'
rm fruit.csv
golden rows_versions dsctl diff --rows --key id v1~1 v1 -- fruit.csv
exits 129 dsctl diff --rows --key nothing v1~1 v1 -- fruit.csv
err "'fruit.csv': there is no column 'nothing'; there are: id, name, price"
exits 129 dsctl diff --key id
