# docs/format.md is enough: a reader written from it alone gets versions and commits back, byte by byte.
reader=$here/../check/read_version.py
registry=$HOME/.local/share/dsctl/registry
start odd
sample && seq 1 500 >table.csv
mkdir -p "deep/a/b/c" $'new\nline' && echo 1 >deep/a/b/c/file && echo 2 >$'new\nline/tab\there' && echo 3 >$'\xff\xfe'
printf 'x' >"$(printf 'n%.0s' $(seq 255))" && ln -s ../../nowhere deep/dangling && : >$'\u202egpj.exe' && echo 4 >-rf
for i in $(seq 700); do echo "$i" >"deep/a/$i.txt"; done # nodes above leaves
seq 1 150000 >big.csv && head -c 800000 /dev/urandom >big.bin # recipes, segments
commit_all First 2>../warnings
exits 0 dsctl publish -q --yes
same "$(python3 "$reader" checkout . v1 ../out1)" "$(dsctl resolve -q demo/odd:v1 | sed 's/.*@//')"
same_tree . ../out1
same "$(python3 "$reader" registry "$registry" demo/odd:v1 ../out2)" "$(dsctl resolve -q demo/odd:v1 | sed 's/.*@//')"
same_tree . ../out2
# The next version shares packs, layout nodes and history with the one before.
dsctl draft Second.2 --inherit v1 >/dev/null
sed -i '5000s/$/ changed/' big.csv && echo 5 >deep/a/350.txt && rm labels/empty.txt && rmdir labels
commit_all Second
echo 6 >six && commit_all Third
exits 0 dsctl publish -q --yes
python3 "$reader" registry "$registry" demo/odd:Second.2 ../out3 >../digest
same_tree . ../out3
same "$(cat ../digest)" "$(python3 "$reader" checkout . HEAD ../out4)"
# A clone holds the same, in packs of its own; gc packs it anew.
exits 0 dsctl clone -q demo/odd:v1 ../clone
exits 0 dsctl -C ../clone gc
same "$(python3 "$reader" checkout ../clone v1 ../out5)" "$(dsctl resolve -q demo/odd:v1 | sed 's/.*@//')"
same_tree ../out1 ../out5
