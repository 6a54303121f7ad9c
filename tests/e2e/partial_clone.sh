# A partial clone holds what it was asked for; what is absent is no deletion, and is read from the registry.
start cats
sample
commit_all First
dsctl publish -q --yes
cd ..
exits 0 dsctl clone --include 'images/**' --exclude '*2.txt' demo/cats part
same "$(cd part && find . -path ./.dsctl -prune -o -type f -print)" "./images/cats/1.txt"
cd part
exits 0 dsctl status -s
no_out
exits 0 dsctl cat table.csv
cmp "$sandbox/out" ../cats/table.csv
exits 0 dsctl draft v2 --inherit v1
echo more >images/cats/9.txt
exits 0 dsctl add -A
exits 0 dsctl commit -m "From a part"
exits 0 dsctl publish --yes
cd ..
exits 0 dsctl get demo/cats:v2 -o whole
cmp whole/table.csv cats/table.csv
same "$(cat whole/images/cats/9.txt)" more
exits 0 dsctl clone --no-checkout demo/cats bare
same "$(ls bare)" ""
exits 6 dsctl clone demo/cats part
exits 3 dsctl clone demo/cats:v7
exits 3 dsctl clone --include '*.txt' --include 'zz*' demo/cats nothing
err "nothing in local/demo/cats:v2 matches 'zz*'"
exits 0 $(sed -n 's/^hint: //p' "$sandbox/err")
[ ! -e nothing ] || fail "a refused clone left its folder"
mkdir kept && exits 3 dsctl clone --include 'zz*' demo/cats kept
same "$(ls -A kept)" ""
