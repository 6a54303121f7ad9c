# On a file system that shares blocks a large incompressible file is cloned into the store and takes no space.
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(7).randbytes(40_000_000))' >random.bin
truncate -s 400M image
mkfs.xfs -q -m reflink=1 image
mkdir disk
mount -o loop image disk
unmount() { cd / && umount "$sandbox/work/disk" || true; }
trap 'unmount; clean_up' EXIT
used() { sync; df --output=used -k disk | tail -1; }
cp random.bin disk/
seq 1 900000 >disk/rows.csv
before=$(used)
cd disk && dsctl init -q --name big . >/dev/null && commit_all First && cd ..
grown=$(($(used) - before))
[ "$grown" -lt 8000 ] || fail "a commit of 40 MB took $grown KiB"
same "$(find disk/.dsctl/store/held -name '*.data' | wc -l)" 1 # the table compresses, and is copied
cd disk
exits 0 dsctl fsck --full
printf XX | dd of=random.bin bs=1 seek=1000000 conv=notrunc status=none # harms the work tree only
exits 0 dsctl cat --in HEAD random.bin && cmp "$sandbox/out" ../random.bin
# A small change is copied into a pack, and no second clone is made.
commit_all Changed
same "$(find .dsctl/store/held -name '*.data' | wc -l)" 1
dsctl publish -q --yes
exits 0 dsctl get demo/big:v1 random.bin -o - && cmp "$sandbox/out" random.bin
# gc keeps the clone as long as a version needs it; damage to it is found, and healed from the registry.
dsctl draft v2 --new >/dev/null && echo one >one && commit_all Without
exits 0 dsctl gc --keep-days 0 && same "$(find .dsctl/store/held -name '*.data' | wc -l)" 1
find .dsctl/store/held -name '*.data' -exec sh -c 'printf XX | dd of="$1" bs=1 seek=50 conv=notrunc status=none' _ {} \;
exits 7 dsctl fsck --full
exits 0 dsctl fsck --repair
exits 0 dsctl cat --in v1 random.bin && same "$(wc -c <"$sandbox/out")" 40000000
