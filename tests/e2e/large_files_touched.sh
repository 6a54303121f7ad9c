# store.large-files = reference: a file that was only touched is read once and referred to anew, and never looks damaged.
start refer && dsctl config set store.large-files reference
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(7).randbytes(12_000_000))' >big.bin
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(8).randbytes(6_000_000))' >other.bin
commit_all First
small() { [ "$(du -s .dsctl/store | cut -f1)" -lt "$1" ] || fail "the store takes $(du -s .dsctl/store)"; }
held() { find .dsctl/store/held -name "*.$1" | wc -l; }
touch big.bin
exits 0 dsctl add -A . && out "nothing changed"
same "$(held held)" 3 && small 400
# Moving and removing it takes nothing over twice.
exits 0 dsctl mv big.bin moved.bin && exits 0 dsctl fsck --full && small 400
exits 0 dsctl rm -q --force moved.bin && exits 0 dsctl fsck --full
same "$(held data)" 1 && small 12400
exits 0 dsctl restore --from HEAD big.bin && exits 0 dsctl reset --hard HEAD
# Not added again: the hashes decide, and what moves is copied.
touch other.bin && exits 0 dsctl mv other.bin third.bin && exits 0 dsctl fsck --full
small 18800
exits 0 dsctl gc --keep-days 0 && exits 0 dsctl fsck --full
exits 0 dsctl cat --in HEAD other.bin && cmp third.bin "$sandbox/out"
