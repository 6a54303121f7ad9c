# What cannot be mounted is refused with its exit code and a way out; a mount in the foreground ends with its signal.
trap 'umount -l "$sandbox"/work/m "$sandbox"/work/n/mnt 2>/dev/null || true; clean_up' EXIT
start cats
sample
commit_all First
dsctl push -q >/dev/null
cd ..
exits 3 dsctl mount demo/cats:v1 m
err "is a draft"
exits 3 dsctl mount demo/cats m
exits 3 dsctl mount demo/cats:v9 m
exits 3 dsctl mount demo/dogs m
exits 129 dsctl mount
[ ! -e m ] || fail "a refused mount left a folder"
exits 0 dsctl mount --draft demo/cats:v1 m
cmp cats/table.csv m/table.csv
exits 1 getfattr -n user.dsctl.digest m
(cd cats && dsctl publish -q --yes)
exits 6 dsctl mount demo/cats:v1 m
err "dsctl unmount"
dsctl unmount m
mkdir full && touch full/x
exits 6 dsctl mount demo/cats:v1 full
exits 6 dsctl mount "demo/cats:v1@sha256:$(printf '0%.0s' {1..64})" m
# In the foreground: SIGTERM unmounts, also while a file is open.
dsctl mount --foreground demo/cats:v1 m >fore 2>&1 &
pid=$!
for _ in $(seq 400); do grep -q " on " fore && break; sleep 0.05; done
exec 9<m/table.csv
kill -TERM $pid
wait $pid || fail "exit code $? after SIGTERM"
exec 9<&-
[ -z "$(ls -A m)" ] || fail "still mounted"
# Without FUSE the error names what is missing, and `get` does instead.
exits 128 unshare -m bash -c 'mount -t tmpfs tmpfs /dev && dsctl mount demo/cats:v1 m'
err "/dev/fuse"
err "dsctl get local/demo/cats:v1"
# Another user, without any rights of root: fusermount3 does it.
[ "$(id -u)" -eq 0 ] || exit 0
mkdir n && chmod 755 "$sandbox" "$sandbox/work" && cp -r "$HOME/.local" n/ && cp "$dsctl_binary" n/dsctl && chown -R 65534:65534 n
# as_other SCRIPT: in namespaces of its own, where /etc may lack the table that fusermount3 reads (a minimal system), or have it.
cp -a /etc etc && ln -sf ../proc/self/mounts etc/mtab && cp -a etc etc-bare && rm etc-bare/mtab
as_other() {
    unshare -mpf --mount-proc --kill-child bash -ec '
        mount --bind "$1" /etc
        mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/fuse c 10 229 && mknod -m 666 /dev/null c 1 3
        exec setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$PWD/n" bash -ec "$2"' _ "$@"
}
exits 0 as_other etc 'n/dsctl mount demo/cats:v1 n/mnt
    cmp $HOME/../cats/table.csv n/mnt/table.csv
    n/dsctl unmount n/mnt'
exits 128 as_other etc-bare 'n/dsctl mount demo/cats:v1 n/mnt && n/dsctl unmount n/mnt'
err "fusermount3 needs /etc/mtab"
err "ln -s ../proc/self/mounts /etc/mtab"
