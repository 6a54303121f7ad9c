# Files and folders that cannot be read are named and left out, the rest is taken; the same for a registry that may
# only be read. As another user, since root may read everything.
[ "$(id -u)" -eq 0 ] || exit 0
cp "$dsctl_binary" "$sandbox/bin/dsctl-copy" && ln -sf dsctl-copy "$sandbox/bin/dsctl"
chmod 755 "$sandbox" "$sandbox/bin" && chown -R 65534:65534 "$sandbox/home" "$sandbox/work"
as() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
mkdir cats && cd cats && mkdir secret open && echo 1 >open/1 && echo 2 >open/2 && echo 3 >secret/3
chmod 000 open/2 secret && chown -R 65534:65534 .
exits 0 as dsctl init -q
code=0
as dsctl add -A . >../out 2>../err || code=$?
[ "$code" -ne 0 ] || fail "add says that it took everything"
grep -q "^error: '.*' was not staged: .*; the rest was" ../err && grep -q "^hint: .*dsctl add" ../err || fail "no error: $(cat ../err)"
grep -q "open/2" ../err && grep -q "secret" ../err || fail "what could not be read is not named: $(cat ../err)"
exits 0 as dsctl status -s
out "A  open/1"
exits 0 as dsctl commit -m First
exits 0 as dsctl fsck --full
exits 0 as dsctl ls -R
same "$(cat "$sandbox/out")" open/1
# Once they can be read, they come along; a file that was known and cannot be read any more is not a deletion.
chmod 644 open/2 && chmod 755 secret
exits 0 as dsctl add -A .
exits 0 as dsctl commit -m Second
chmod 000 secret
code=0
as dsctl add -A . >../out 2>../err || code=$?
exits 0 as dsctl ls -R
out secret/3
chmod 755 secret
exits 0 as dsctl publish -q --yes
# A registry that this user may not write: an error that says so, and reading goes on.
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
chown -R 0:0 "$registry" && chmod -R go-w "$registry"
as dsctl draft v2 --inherit v1 >/dev/null
echo 4 | as tee open/4 >/dev/null && exits 0 as dsctl add open && exits 0 as dsctl commit -m Third
exits 4 as dsctl push
err "error:"
err "hint:"
exits 0 as dsctl verify demo/cats:v1
exits 0 as dsctl fsck
