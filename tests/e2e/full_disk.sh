# A full disk: an error that says so, the old state stays readable, and with room again the command succeeds.
[ "$(id -u)" -eq 0 ] || exit 0 # mounting needs root
mkdir small
mount -t tmpfs -o size=6m tmpfs small
trap 'cd /; umount "$sandbox/work/small" 2>/dev/null || true; clean_up' EXIT
cd small
start cats
head -c 500000 /dev/urandom >one
commit_all First
head -c 3200000 /dev/urandom >two
exits 128 dsctl add two
err "space"
exits 0 dsctl fsck --full
exits 0 dsctl log --oneline
rm two
exits 0 dsctl status -s
no_out
exits 128 env XDG_DATA_HOME="$PWD" bash -c 'head -c 6000000 /dev/urandom >fill; dsctl publish --yes'
rm fill
exits 0 dsctl fsck --full
exits 0 dsctl publish --yes
exits 0 dsctl verify demo/cats:v1
cd ../..
