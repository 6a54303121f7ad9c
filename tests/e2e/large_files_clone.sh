# store.large-files = reference in a clone: large files come into the work tree only, and are had again from the registry.
dsctl registry init -q lab "$sandbox/lab" && dsctl registry default lab
start source
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(7).randbytes(12_000_000))' >big.bin
seq 1 900000 >rows.csv # 6 MB
echo small >small.txt
commit_all First && dsctl publish -q --yes && cd ..
kib() { du -s "$1/.dsctl/store" | cut -f1; }
exits 0 dsctl clone demo/source:v1 copied && same_tree source copied
[ "$(kib copied)" -gt 12000 ] || fail "the store of a usual clone takes $(kib copied) KiB"
dsctl config set --global store.large-files reference
exits 0 dsctl clone demo/source:v1 refer && same_tree source refer
[ "$(kib refer)" -lt 400 ] || fail "the store takes $(kib refer) KiB"
cd refer
exits 0 dsctl status && out "Nothing changed"
exits 0 dsctl fsck --full
exits 0 dsctl verify
# What was changed is had again, and a failure to get it leaves the file as it is.
echo changed >>big.bin
mv "$sandbox/lab" "$sandbox/away"
exits 3 dsctl restore big.bin
same "$(tail -n 1 big.bin | tail -c 8)" changed
mv "$sandbox/away" "$sandbox/lab"
exits 0 dsctl restore big.bin && cmp big.bin ../source/big.bin
exits 0 dsctl cat big.bin && cmp big.bin "$sandbox/out"
# A version made of it: only what is new is sent; both are to be had here and by others.
dsctl draft -q v2 --inherit v1
printf 'XX' | dd of=big.bin bs=1 seek=6000000 conv=notrunc status=none
cp big.bin "$sandbox/big2"
commit_all Second && exits 0 dsctl publish --yes
exits 0 dsctl switch v1 && cmp big.bin ../source/big.bin
exits 0 dsctl switch v2 && cmp big.bin "$sandbox/big2"
exits 0 dsctl fsck --full
cd ..
dsctl config set --global store.large-files copy
exits 0 dsctl clone demo/source:v2 second && same_tree refer second
# pull and merge bring them in the same way.
cd second && dsctl draft -q v3 --inherit v2 && exits 0 dsctl push && cd ..
dsctl config set --global store.large-files reference
exits 0 dsctl clone demo/source:v3 third && cd second
printf 'YY' | dd of=big.bin bs=1 seek=7000000 conv=notrunc status=none
commit_all Third && exits 0 dsctl push && cd ../third
echo mine >mine.txt && dsctl add -q mine.txt && dsctl commit -q -m Mine
exits 0 dsctl pull && cmp big.bin ../second/big.bin
[ "$(kib .)" -lt 400 ] || fail "the store takes $(kib .) KiB after pull"
exits 0 dsctl push
exits 0 dsctl status && out "Nothing to commit"
# A repair brings back what is to be here, and nothing more.
rm -r .dsctl/store/packs
exits 7 dsctl fsck
exits 0 dsctl fsck --repair
[ "$(kib .)" -lt 400 ] || fail "the store takes $(kib .) KiB after a repair"
exits 0 dsctl fsck --full
