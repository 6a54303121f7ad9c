# get into one's own work tree: what the store only refers to is taken over before it is overwritten.
start refer && dsctl config set store.large-files reference
big() { python3 -c 'import random,sys; sys.stdout.buffer.write(random.Random(int(sys.argv[1])).randbytes(6_000_000))' "$1"; }
mkdir sub && big 1 >big.bin && big 2 >sub/two.bin
commit_all First && exits 0 dsctl publish -q --yes
dsctl draft v2 --inherit v1 >/dev/null
big 3 >big.bin && big 4 >sub/two.bin && big 5 >same.bin
commit_all Second
same "$(find .dsctl/store/held -name '*.data' | wc -l)" 0
exits 0 dsctl get demo/refer:v1 big.bin -o .
big 1 | cmp - big.bin
exits 0 dsctl cat --in HEAD big.bin && big 3 | cmp - "$sandbox/out"
exits 0 dsctl -C .. get demo/refer:v1 sub -o refer
big 2 | cmp - sub/two.bin
exits 0 dsctl cat --in HEAD sub/two.bin && big 4 | cmp - "$sandbox/out"
# Into a folder of the work tree, through a link: the paths are others.
mkdir inner && big 6 >inner/big.bin && commit_all Third
ln -s refer/inner ../way
exits 0 dsctl -C .. get demo/refer:v1 big.bin -o way
big 1 | cmp - inner/big.bin
exits 0 dsctl cat --in HEAD inner/big.bin && big 6 | cmp - "$sandbox/out"
exits 0 dsctl fsck --full
exits 0 dsctl restore --from HEAD~1 big.bin && big 3 | cmp - big.bin
# Not into what is dsctl's own; and not while another dsctl is changing the checkout.
exits 129 dsctl get demo/refer:v1 big.bin -o .dsctl/store && err "keeps its state"
dsctl config set core.lock-timeout 0
python3 - "$sandbox" <<'PY'
import fcntl, struct, subprocess, sys
lock = open(".dsctl/lock", "r+b")
fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
done = subprocess.run(["dsctl", "get", "demo/refer:v1", "big.bin", "-o", "."])
sys.exit(0 if done.returncode == 8 else f"exit {done.returncode}")
PY
