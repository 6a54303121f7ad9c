# The whole way: init, add, commit, publish, clone, draft --inherit, publish.
start cats
sample
exits 0 dsctl add .
exits 0 dsctl commit -m "First"
exits 0 dsctl publish --yes
cd ..
exits 0 dsctl clone demo/cats copy
same_tree cats copy
cd copy
exits 0 dsctl draft v2 --inherit v1
printf 'cat three' >images/cats/3.txt
rm images/cats/1.txt
exits 0 dsctl add -A
exits 0 dsctl commit -m "Second"
exits 0 dsctl publish --yes
cd ../cats
exits 0 dsctl fetch
exits 0 dsctl switch v2
same_tree . ../copy
exits 0 dsctl switch v1
[ -e images/cats/1.txt ] || fail "v1 lost a file"
golden versions dsctl versions
golden versions_json dsctl versions --json
