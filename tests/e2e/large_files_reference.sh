# store.large-files = reference: one copy of the bytes, the same digest, and nothing of it lost by dsctl itself.
make_data() {
    python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(7).randbytes(12_000_000))' >big.bin
    seq 1 900000 >rows.csv
    echo small >small.txt
}
start copied && make_data && commit_all First
same "$(dsctl config get store.large-files 2>&1 | grep -c 'not set')" 1
dsctl publish -q --yes && cd ..
start refer && dsctl config set store.large-files reference && make_data && commit_all First
[ "$(du -s .dsctl/store | cut -f1)" -lt 400 ] || fail "the store takes $(du -s .dsctl/store)"
exits 0 dsctl status && out "Not held: 2 large files"
exits 0 dsctl fsck --full
# Whatever dsctl overwrites, moves or removes is taken over first.
dsctl mv big.bin moved.bin && commit_all Moved
echo other >rows.csv && commit_all "Changed by hand" # rows.csv of First is lost now, as agreed
printf 1 >>moved.bin && exits 0 dsctl cat --in HEAD moved.bin # all there yet
printf 'XX' | dd of=moved.bin bs=1 seek=6000000 conv=notrunc status=none # lost as well, until it is put back
exits 7 dsctl fsck && err "fsck --repair"
exits 7 dsctl push && err "moved.bin" && err "store.large-files = reference" && err "version v1"
exits 0 dsctl cat small.txt && out small
cp ../copied/big.bin moved.bin
exits 0 dsctl push
cd .. && exits 0 dsctl clone demo/refer:v1 copy && cmp refer/moved.bin copied/big.bin && same_tree refer copy
# Taken over by rm, switch and reset, read again from there.
cd refer && dsctl rm moved.bin && dsctl commit -q -m Removed && exits 0 dsctl restore --from HEAD~1 moved.bin
cmp moved.bin ../copied/big.bin
dsctl reset --hard HEAD~1 >/dev/null && cmp moved.bin ../copied/big.bin
dsctl draft v2 --new >/dev/null
make_data
commit_all New
dsctl switch v1 >/dev/null
dsctl switch v2 >/dev/null
cmp big.bin ../copied/big.bin
exits 0 dsctl gc --keep-days 0
exits 0 dsctl fsck
exits 0 dsctl publish -q --yes
same "$(dsctl resolve demo/refer:v2 | grep -o 'sha256:[0-9a-f]*')" "$(dsctl resolve demo/copied:v1 | grep -o 'sha256:[0-9a-f]*')"
exits 129 env DSCTL_DIR="$PWD/.dsctl" bash -c 'dsctl config set store.large-files never && dsctl status'
