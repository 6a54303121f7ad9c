# fsck finds damage and names it, --repair heals from the registry, gc removes what nothing reaches.
start cats
sample
commit_all First
dsctl publish -q --yes
exits 0 dsctl fsck --full
pack=$(ls -S .dsctl/store/packs/* | head -n 1)
chmod u+w "$pack"
printf 'XXXX' | dd of="$pack" bs=1 seek=200 conv=notrunc status=none
exits 7 dsctl fsck --full
exits 7 dsctl fsck --full --json
exits 7 dsctl verify
exits 0 dsctl fsck --repair
exits 0 dsctl fsck --full
exits 0 dsctl verify
dsctl draft v2 --inherit v1 >/dev/null
head -c 3000000 /dev/urandom >big && commit_all Big
dsctl reset --hard HEAD~1 >/dev/null
before=$(du -sb .dsctl/store | cut -f1)
exits 0 dsctl gc -n
same "$(du -sb .dsctl/store | cut -f1)" "$before"
exits 0 dsctl gc
DSCTL_NOW=2027-01-01T00:00:00Z exits 0 dsctl gc -n
foretold=$(sed 's/^would free//' "$sandbox/out")
DSCTL_NOW=2027-01-01T00:00:00Z exits 0 dsctl gc
same "$foretold" "$(sed 's/^freed//' "$sandbox/out")"
[ "$(du -sb .dsctl/store | cut -f1)" -lt $((before - 2900000)) ] || fail "gc freed nothing"
exits 0 dsctl fsck --full
exits 0 dsctl switch v1
exits 0 dsctl status -s
no_out
