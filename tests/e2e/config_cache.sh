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
# A value that a setting does not take is refused, in any spelling of its name; a name that dsctl does not read is kept.
for pair in "core.lock-timeout soon" "Core.Lock-Timeout soon" "cache.max-size many" "core.record-use maybe" \
    "store.large-files no" "registry.lab.timeout x" "registry.lab.max-put x" "verify.lab/demo/cats.signers-required 0" "verify.require often" "core.namespace BAD" "registry.default Lab"; do
    exits 129 dsctl config set ${pair% *} ${pair#* }
    err "takes"
    exits 3 dsctl config get ${pair% *}
done
exits 0 dsctl config set core.lock-timeout 5
exits 0 dsctl config set core.locktimeout 5
err "did you mean 'core.lock-timeout'?"
exits 0 dsctl config get core.locktimeout
exits 0 dsctl __complete config_key
out core.namespace
# One that got into the file by other ways is named, and not passed over.
exits 129 dsctl config set dataset.name cats
err "takes NAMESPACE/NAME"
git config -f .dsctl/config dataset.name cats
exits 129 dsctl status
err "dataset.name: 'cats' is not"
exits 0 dsctl config set dataset.name demo/cats # as the hint says
git config -f .dsctl/config core.lock-timeout soon
exits 129 dsctl add .
err "core.lock-timeout is 'soon'"
printf '[broken\n' >>.dsctl/config
exits 128 dsctl status
err ".dsctl/config"
cd ..
mkdir -p "$HOME/.cache/dsctl" && head -c 1000 /dev/zero >"$HOME/.cache/dsctl/x"
exits 0 dsctl cache info
exits 0 dsctl cache info --json
out 1000
exits 129 dsctl cache prune --max foo
err "--max takes a size"
err "hint: dsctl help cache prune"
exits 0 dsctl cache prune
[ ! -e "$HOME/.cache/dsctl/x" ] || fail "prune left it"
