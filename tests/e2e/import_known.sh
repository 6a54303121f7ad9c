# What a namespace has is not sent again by import and put either, whoever sent it and under whatever name: at most 1 % of 60 MB,
# in few requests, and what they send is found by later ones.
unset DSCTL_NOW
stored() { du -sb "$HOME/.local/share/dsctl/registry/data" | cut -f1; }
# taken N COMMAND...: it stores at most N bytes, and asks the registry at most 100 times.
taken() {
    local most=$1 before sent
    shift
    before=$(stored)
    exits 0 env DSCTL_TRACE=1 "$@"
    sent=$(($(stored) - before))
    requests=$(sed -n "s/.*registry local: \([0-9]*\) requests.*/\1/p" "$sandbox/err")
    echo "$*: $sent bytes, ${requests:-?} requests" >&2
    [ "$sent" -le "$most" ] || fail "$* sent $sent bytes"
    [ -n "$requests" ] && [ "$requests" -le 100 ] || fail "$* made '$requests' requests"
}
mkdir -p src/small
head -c 40000000 /dev/urandom >src/big.bin
head -c 20000000 /dev/urandom | split -b 14000 -a 4 -d - src/small/f
start cats && cp -r ../src/. . && commit_all First
exits 0 dsctl push
cd ..
# What a push sent, to a folder's import, an archive's, and to put; at other places.
taken 600000 dsctl import src demo/folder:v1
mkdir other && cp -r src other/in
taken 600000 dsctl import other demo/moved:v1
tar -C other -cf - . >t.tar
taken 600000 dsctl import t.tar demo/tar:v1
exits 0 dsctl draft demo/put:v1 --new
taken 600000 dsctl put demo/put:v1 src --to there
taken 600000 bash -c 'dsctl put demo/put:v1 - --to stream <src/big.bin'
rm -r src/small && seq 3 >src/small # another version of it with next to nothing new
taken 600000 dsctl import src demo/part:v1
# What an import sent is found by another one and by a push.
mkdir new && head -c 30000000 /dev/urandom >new/noise
exits 0 dsctl import new demo/new:v1
taken 300000 dsctl import new demo/again:v1
start dogs && cp -r ../new/. . && commit_all Second
taken 300000 dsctl push
cd ..
# Half of it known, half of it not: where one begins a little of the known may be sent.
mkdir half && head -c 15000000 new/noise >half/known && head -c 15000000 /dev/urandom >half/fresh
taken 18000000 dsctl import half demo/half:v1
# It is all there: also when who sent it first has gone.
exits 0 dsctl drop --force demo/cats:v1
exits 0 dsctl drop --force demo/new:v1
exits 0 dsctl gc --registry local --grace 0s
for pair in moved:other tar:other again:new half:half; do
    exits 0 dsctl get "demo/${pair%%:*}:v1" -o got
    same_tree "${pair#*:}" got
    rm -r got
done
for name in folder put part; do exits 0 dsctl verify "local/demo/$name:v1"; done
