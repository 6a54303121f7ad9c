# gc --drop-held frees what a registry verifiably has and nothing else; what was freed is read again from there.
start cats
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(7).randbytes(3_000_000))' >big.bin
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(8).randbytes(20_000))' >small.bin
commit_all First
size() { du -sb .dsctl/store | cut -f1; }
exits 0 dsctl gc --drop-held # no registry has it
[ "$(size)" -gt 3000000 ] || fail "content was dropped that only this checkout has"
exits 0 dsctl push
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(9).randbytes(2_000_000))' >local.bin
commit_all Second # not pushed
exits 0 dsctl gc -n --drop-held
exits 0 dsctl gc --drop-held
[ "$(size)" -gt 2000000 ] || fail "a commit that was not pushed lost content"
[ "$(size)" -lt 2900000 ] || fail "what was pushed is still here"
rm -r local.bin && exits 0 dsctl restore local.bin
exits 0 dsctl push && exits 0 dsctl gc --drop-held # a draft: its head reaches it
[ "$(size)" -lt 1000000 ] || fail "$(size) bytes are left"
mkdir ../kept && mv big.bin small.bin local.bin ../kept
exits 0 dsctl restore . && same_tree . ../kept
exits 0 dsctl fsck --full
dsctl publish -q --yes && exits 0 dsctl gc --drop-held
[ "$(size)" -lt 1000000 ] || fail "$(size) bytes are left of a published version"
# A pack that is gone from the registry keeps what it held here.
dsctl draft v2 --inherit v1 >/dev/null
python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(10).randbytes(2_000_000))' >new.bin
commit_all Third && exits 0 dsctl push
registry=$HOME/.local/share/dsctl/registry
newest=$(find "$registry/data" -type f -size +1000k -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
chattr -i "$newest" 2>/dev/null || true
mv -f "$newest" ../gone
exits 0 dsctl gc --drop-held && err "is kept: pack"
[ "$(size)" -gt 2000000 ] || fail "content was dropped that the registry has lost"
