# Many processes in one repository and many publishers of one name: all end, nothing is lost, one wins.
start cats
for i in $(seq 8); do
    mkdir "d$i" && seq "$i" 2000 >"d$i/file" && (exits 0 dsctl add "d$i") &
done
wait
exits 0 dsctl status -s
same "$(grep -c '^A ' "$sandbox/out")" 8
exits 0 dsctl commit -m All
exits 0 dsctl fsck --full
cd ..
for i in 1 2 3 4; do
    mkdir "rival$i"
    (cd "rival$i" && dsctl init -q --name race && echo "$i" >who && commit_all "$i")
done
for i in 1 2 3 4; do
    (code=0; cd "rival$i" && dsctl publish -q --yes >/dev/null 2>&1 || code=$?; echo "$code" >"../code$i") &
done
wait
same "$(cat code1 code2 code3 code4 | sort | tr '\n' ' ')" "0 6 6 6 "
winner=$(dsctl cat --in demo/race:v1 who)
same "$(cat "code$winner")" 0
exits 0 dsctl verify demo/race:v1
