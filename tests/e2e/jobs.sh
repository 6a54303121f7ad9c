# -j and core.jobs: how many things a command does at once. What comes out does not depend on it.
threads() { # COMMAND...: how many threads it began
    strace -f -qq -o "$sandbox/threads" -e trace=clone,clone3 "$@" >/dev/null 2>&1 || fail "$* failed"
    grep -c 'clone3\?(.*CLONE_THREAD' "$sandbox/threads" || true
}
start cats
mkdir many && head -c 6000000 /dev/urandom | split -b 3000 -a 4 -d - many/f
few=$(threads dsctl add -A . -j 1)
exits 0 dsctl commit -m First
for dir in one eight; do mkdir "../$dir" && cp -r many "../$dir"; done
cd ../one && exits 0 dsctl init --name demo/one && exits 0 dsctl config set core.jobs 1
same "$(threads dsctl add -A .)" "$few"
cd ../eight && exits 0 dsctl init --name demo/eight && exits 0 dsctl config set core.jobs 1
eight=$(threads dsctl add --jobs=8 -A .) # the flag wins
[ "$eight" -gt "$few" ] || fail "-j 8 began $eight threads, -j 1 $few"
exits 0 dsctl commit -m First
exits 0 dsctl push -j 8
exits 0 dsctl -C .. get -j 1 demo/eight:v1 -o got
same_tree many ../got/many
tree=$(dsctl rev-parse --tree HEAD)
cd ../cats
same "$(dsctl rev-parse --tree HEAD)" "$tree"
# A wrong number is named; one that got into a file by other ways keeps nobody from mending it.
for wrong in 0 65 -1 many 1.5 99999999999999999999; do
    exits 129 dsctl status --jobs="$wrong"
    err "--jobs is a number from 1 to 64, not '$wrong'"
    exits 129 dsctl config set core.jobs -- "$wrong"
    err "takes a number from 1 to 64"
done
exits 129 dsctl status -j
exits 0 git config -f .dsctl/config core.jobs lots
exits 0 dsctl status
err "core.jobs is 'lots', not a number from 1 to 64"
exits 0 dsctl config set core.jobs 2
exits 0 dsctl status
[ ! -s "$sandbox/err" ] || fail "$(cat "$sandbox/err")"
