# config in git's syntax with its levels; the cache is the user's to look at and to prune.
start cats
exits 0 dsctl config set user.name "Somebody"
exits 0 dsctl config get user.name
out Somebody
exits 0 dsctl config list --show-origin
out .dsctl/config
same "$(git config -f .dsctl/config user.name)" Somebody
exits 3 dsctl config get no.such
exits 129 dsctl config set nokey x
printf '[broken\n' >>.dsctl/config
exits 128 dsctl status
err ".dsctl/config"
cd ..
mkdir -p "$HOME/.cache/dsctl" && head -c 1000 /dev/zero >"$HOME/.cache/dsctl/x"
exits 0 dsctl cache info
exits 0 dsctl cache info --json
out 1000
exits 0 dsctl cache prune
[ ! -e "$HOME/.cache/dsctl/x" ] || fail "prune left it"
