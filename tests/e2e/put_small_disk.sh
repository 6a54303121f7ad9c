# put and import stream: with 6 MiB of room for cache and temporary files they take in 60 MiB, in bounded memory.
[ "$(id -u)" -eq 0 ] || exit 0 # mounting needs root
mkdir -p "$HOME/.cache" tmp
mount -t tmpfs -o size=6m tmpfs "$HOME/.cache"
mount -t tmpfs -o size=1m tmpfs tmp
trap 'cd /; umount "$HOME/.cache" "$sandbox/work/tmp" 2>/dev/null || true; clean_up' EXIT
export TMPDIR=$PWD/tmp
mkdir src
head -c 40000000 /dev/urandom >src/large
mkdir src/small
for i in $(seq 400); do head -c 50000 /dev/urandom >"src/small/$i"; done
exits 0 dsctl draft demo/cats:v1 --new
# The peak of resident memory, in KiB, of a command that must succeed.
peak() { python3 -c 'import os,resource,subprocess,sys; c=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL).returncode; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(c)' "$@"; }
used=$(peak dsctl put demo/cats:v1 src) || fail "put: exit code $?"
[ "$used" -lt 262144 ] || fail "$used KiB were used"
exits 0 dsctl verify local/demo/cats:v1
same "$(dsctl cat --in demo/cats:v1 src/large | sha256sum)" "$(sha256sum <src/large)"
tar -C src -cf - . | dsctl import - demo/tar:v1 >/dev/null
exits 0 dsctl verify local/demo/tar:v1
same "$(dsctl cat --in demo/tar:v1 small/77 | sha256sum)" "$(sha256sum <src/small/77)"
cat src/large src/large | dsctl put demo/cats:v1 - --to twice >/dev/null
same "$(dsctl cat --in demo/cats:v1 twice | wc -c)" 80000000
# What it left behind is small, and a full cache is said.
[ "$(du -sk "$HOME/.cache/dsctl/put" | cut -f1)" -lt 200 ] || fail "it leaves something behind"
head -c 6000000 /dev/urandom >"$HOME/.cache/fill" 2>/dev/null || true
exits 128 dsctl put demo/cats:v1 src/large --to again
err "space"
rm "$HOME/.cache/fill"
exits 0 dsctl put demo/cats:v1 src/small/1 --to again
