# A mount tells what it shows, is read-only, shares its cache with others, and ends when nobody uses it.
trap 'umount -l "$sandbox"/work/m "$sandbox"/work/two 2>/dev/null || true; clean_up' EXIT
start cats
sample
head -c 3000000 /dev/urandom >big.bin
commit_all First
dsctl publish -q --yes
cd ..
m=m
digest=$(dsctl resolve demo/cats --json | grep -oE 'sha256:[0-9a-f]{64}' | head -n 1)
exits 0 dsctl mount demo/cats:v1 m
exits 0 dsctl mount demo/cats:v1 m
out "is mounted already"
exits 0 dsctl mount demo/cats:v1 two -q
cmp cats/big.bin two/big.bin
same "$(getfattr --only-values -n user.dsctl.sha256 "$m/table.csv" 2>/dev/null)" "$(sha256sum <cats/table.csv | cut -c1-64)"
same "$(getfattr --only-values -n user.dsctl.digest "$m" 2>/dev/null)" "$digest"
exits 1 touch "$m/new"
exits 1 rm -f "$m/run.sh"
exits 0 dsctl cache info --json
grep -q '"blocks": [1-9]' "$sandbox/out" || fail "the cache is empty"
exits 0 dsctl cache prune
cmp cats/big.bin "$m/big.bin"
exits 0 dsctl unmount "$m"
exits 3 dsctl unmount "$m"
exec 9<two/table.csv
exits 8 dsctl unmount two
exec 9<&-
exits 0 dsctl unmount two
