# A version mounted from RGW with keys that can only read is what a clone of it is, for every kind of reader.
trap 'umount -l "$sandbox/work/m" 2>/dev/null || true; clean_up' EXIT
. "$(dirname "$test_file")/../session.sh"
new_user rea
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
policies lab --reader "$tag-rea"
exits 0 as rea dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
mkdir -p a/deep/er many && echo 1 >a.z && echo 2 >a/deep/er/w
for i in $(seq 200); do echo "$i" >"many/$i"; done
head -c 9000000 /dev/urandom >big.bin
ln -s /no-such-place dangling
printf 'x' >$'new\nline \e[31m'
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes
cd ..
exits 0 as rea dsctl clone lab/demo/cats:v1 clone
exits 0 as rea dsctl mount lab/demo/cats:v1 m
same_but_writable() { # nobody can write into a mount
    diff -r --no-dereference --exclude=.dsctl "$1" "$2" || fail "$1 and $2 differ"
    diff <(cd "$1" && list_tree | tr w -) <(cd "$2" && list_tree | tr w -) || fail "$1 and $2 differ"
}
same_but_writable clone m
sums() { (cd "$1" && find . -path ./.dsctl -prune -o -type f -print0 | sort -z | xargs -0 sha256sum); }
same "$(sums clone)" "$(sums m)"
tar -C m -cf t.tar . && mkdir t && tar -C t -xf t.tar && same_but_writable clone t
rsync -a m/ r/ && same_but_writable clone r
same "$(rsync -acn --itemize-changes --no-perms --no-times --exclude=.dsctl clone/ m/)" ""
# Cold again, so that maps and random reads are what fetches.
exits 0 as rea dsctl unmount m && rm -rf "$sandbox/home-rea/.cache/dsctl" && exits 0 as rea dsctl mount lab/demo/cats:v1 m
python3 - clone/big.bin m/big.bin <<'PY'
import mmap, random, sys, threading
good = open(sys.argv[1], "rb").read()
bad = []
def check(seed):
    draw = random.Random(seed)
    with open(sys.argv[2], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        for _ in range(100):
            at, n = draw.randrange(len(good)), draw.choice([1, 4096, 70000])
            file.seek(at)
            if view[at:at + n] != good[at:at + n] or file.read(n) != good[at:at + n]:
                bad.append((at, n))
threads = [threading.Thread(target=check, args=(seed,)) for seed in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
with open(sys.argv[2], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
    if len(view) != len(good) or view[:] != good:
        bad.append("all of it")
sys.exit(f"wrong bytes: {bad[:3]}" if bad else 0)
PY
exits 0 as rea dsctl unmount m
