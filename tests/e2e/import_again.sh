# What a namespace has is not sent again, whichever dataset it came from and wherever it stands there: at most 1 % of 200 MB.
# And what two datasets share goes with neither of them.
export DSCTL_NOW= # locks and grace periods are told by the storage's clock
unset DSCTL_NOW
stored() { du -sb "$HOME/.local/share/dsctl/registry/data" | cut -f1; }
start cats
mkdir small
head -c 130000000 /dev/urandom >big.bin
head -c 70000000 /dev/urandom | split -b 14000 -a 4 -d - small/f
commit_all First
exits 0 dsctl push
first=$(stored)
# Another checkout with a store of its own that knows nothing of the first; other names and folders.
cd .. && start dogs
mkdir -p in/there
cp ../cats/big.bin in/other.bin
cp -r ../cats/small in/there/kept
commit_all Again
exits 0 dsctl push
again=$(($(stored) - first))
echo "200 MB imported again: $again bytes sent" >&2
[ "$again" -le 2000000 ] || fail "importing again sent $again bytes"
exits 0 dsctl get demo/dogs:v1 -o ../got
same_tree . ../got
# The packs lie in what the first dataset sent, and stay when it goes.
cd ../cats
exits 0 dsctl drop demo/cats:v1
exits 0 dsctl gc --registry local --grace 0s
rm -r ../got
exits 0 dsctl get demo/dogs:v1 -o ../got
same_tree ../dogs ../got
# What was collected is no longer known: all of it is sent again, and is whole.
exits 0 dsctl drop --force demo/dogs:v1
exits 0 dsctl gc --registry local --grace 0s
[ "$(stored)" -lt 1000000 ] || fail "$(stored) bytes are left"
cd .. && start birds
cp -r ../dogs/in .
commit_all Third
exits 0 dsctl push
[ "$(stored)" -gt 190000000 ] || fail "only $(stored) bytes were sent"
exits 0 dsctl get demo/birds:v1 -o ../third
same_tree . ../third
