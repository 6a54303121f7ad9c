# A mounted version is the version: same names, kinds, modes, bytes as a checkout, for every kind of reader; several at once.
trap 'umount -l "$HOME"/datasets/cats "$sandbox"/work/two 2>/dev/null || true; clean_up' EXIT
start cats
sample
mkdir -p a a-b a/deep/er many && echo 1 >a/x && echo 2 >a-b/y && echo 3 >a.z && echo 4 >a/deep/er/w
for i in $(seq 300); do echo "$i" >"many/$i"; done
head -c 9000000 /dev/urandom >big.bin
ln -s /no-such-place dangling
printf 'x' >$'new\nline \e[31m'
commit_all First
dsctl publish -q --yes
cd ..
exits 0 dsctl mount demo/cats
digest=$(dsctl resolve demo/cats --json | grep -oE 'sha256:[0-9a-f]{64}' | head -n 1)
out "local/demo/cats:v1@$digest on $HOME/datasets/cats"
m=$HOME/datasets/cats
exits 0 dsctl mount demo/cats:v1 two --json
out '"already": false'
same_tree_but_writable() { # modes lack the write bits, as nobody can write
    diff -r --no-dereference --exclude=.dsctl "$1" "$2" || fail "$1 and $2 differ"
    diff <(cd "$1" && list_tree | tr w -) <(cd "$2" && list_tree | tr w -) || fail "$1 and $2 differ"
}
same_tree_but_writable cats "$m"
same "$(ls -U "$m/many" | sort -u | wc -l)" 300
same "$(ls -U "$m/many" | wc -l)" 300
sums() { find . -path ./.dsctl -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; }
same "$(cd cats && sums)" "$(cd "$m" && sums)"
tar -C "$m" -cf t.tar . && mkdir t && tar -C t -xf t.tar && same_tree_but_writable t "$m"
python3 - cats/big.bin "$m/big.bin" two/big.bin <<'PY'
import mmap, random, sys, threading
good = open(sys.argv[1], "rb").read()
def check(path, seed):
    draw = random.Random(seed)
    with open(path, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as view:
        for _ in range(200):
            at = draw.randrange(len(good)); n = draw.choice([1, 4096, 70000])
            f.seek(at)
            if view[at:at + n] != good[at:at + n] or f.read(n) != good[at:at + n]: bad.append((path, at, n))
bad = []
threads = [threading.Thread(target=check, args=(sys.argv[2 + i % 2], i)) for i in range(16)]
[t.start() for t in threads]; [t.join() for t in threads]
sys.exit(f"wrong bytes: {bad[:3]}" if bad else 0)
PY
