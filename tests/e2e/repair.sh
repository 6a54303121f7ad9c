# fsck --repair: whatever is damaged in .dsctl is made anew from what is left, the work tree or the registry, or it is named
# with what helps, and that does help.
start cats
sample
commit_all First
dsctl publish -q --yes >/dev/null
dsctl draft v2 --inherit v1 >/dev/null 2>&1
echo two >two && commit_all Two
dsctl push -q >/dev/null 2>&1
echo three >three && commit_all Three
head -c 300000 /dev/urandom >own && commit_all Four # the registry has neither
first=$(dsctl rev-parse v1) three=$(dsctl rev-parse v2~1) four=$(dsctl rev-parse v2)
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
cp -a .dsctl ../good
again() { rm -rf .dsctl && cp -a ../good .dsctl; }
object() { echo ".dsctl/git/objects/${1:0:2}/${1:2}"; }
junk() { chmod u+w "$1" && echo junk >"$1"; }
repaired() {
    exits 7 dsctl fsck
    err "dsctl fsck --repair"
    exits 0 dsctl fsck --repair
    exits 0 dsctl fsck --full
    exits 0 dsctl status -s
    no_out
    same "$(dsctl rev-parse v2 v1)" "$four"$'\n'"$first"
    again
}
# Refs: a draft by its reflog, a published version by its record, a note of the registry's by the registry.
for ref in heads/v2 tags/v1 remotes/local/v1; do junk .dsctl/git/refs/$ref && repaired; done
# History objects that the registry has, and the tag object, which follows from the record.
for object in "$first" "$(cat .dsctl/git/refs/tags/v1)"; do junk "$(object "$object")" && repaired; done
rm -f "$(object "$first")" && repaired
# Notes of what the registry had.
junk .dsctl/remotes/local/v1 && repaired
exits 0 dsctl fetch
cp .dsctl/remotes/local/.catalog ../catalog && junk .dsctl/remotes/local/.catalog
exits 0 dsctl versions
again
# The store: what was pushed comes from the registry. File lists that nobody else has are gone, and the files stay.
junk .dsctl/store/format && repaired
again
# HEAD: nobody knows which version it was, but the hint says what to do.
rm .dsctl/git/HEAD
exits 7 dsctl status
err "dsctl fsck --repair"
exits 7 dsctl fsck --repair
err "dsctl switch VERSION"
exits 0 dsctl switch v2
exits 0 dsctl status -s
no_out
cmp .dsctl/git/HEAD ../good/git/HEAD
again
for lost in packs '' ; do
    rm -r ".dsctl/store/$lost"
    exits 7 dsctl status
    exits 7 dsctl fsck --repair
    pushed=$(dsctl rev-parse local/v2)
    err "dsctl reset ${pushed:0:10}"
    exits 0 dsctl reset "${pushed:0:10}"
    exits 0 dsctl fsck --full
    exits 0 dsctl status -s
    same "$(cat "$sandbox/out")" $'?? own\n?? three'
    exits 0 dsctl verify v1
    again
done
# A commit that no registry has is lost; the files stay, and the hint leads out.
junk "$(object "$four")"
exits 7 dsctl fsck --repair
out "commit $four"
err "dsctl reset ${three:0:10}"
exits 0 dsctl reset "${three:0:10}"
exits 0 dsctl fsck
exits 0 dsctl status -s
out "?? own"
again
# What is staged.
junk .dsctl/worktree/staged
exits 7 dsctl fsck
exits 0 dsctl fsck --repair
exits 0 dsctl status -s
no_out
again
# All of the history: published versions and what was pushed come back.
rm -r .dsctl/git
exits 7 dsctl status
exits 7 dsctl fsck --repair
err "dsctl switch VERSION"
exits 0 dsctl switch --force v1
exits 0 dsctl verify v1
same "$(dsctl rev-parse v1)" "$first"
exits 0 dsctl fsck
