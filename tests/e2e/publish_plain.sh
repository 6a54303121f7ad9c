# publish --plain: plain objects beside the packs, checked by verify; completed when it is run again.
start cats
sample
commit_all First
exits 0 dsctl publish --yes --plain
out "datasets/demo/cats/v1/"
exits 0 dsctl verify local/demo/cats:v1
exits 0 dsctl publish --yes --plain --json
python3 -c 'import json,sys; p=json.load(open(sys.argv[1]))["plain_copy"]; sys.exit(not (p["written"]==0 and p["same"]==7 and p["prefix"]=="datasets/demo/cats/v1/"))' "$sandbox/out" || { cat "$sandbox/out"; fail "the copy was made again"; }
registry=$HOME/.local/share/dsctl/registry
copy=$(grep -rlx 'cat one' "$registry" | head -1)
[ -n "$copy" ] || fail "there are no plain files in the registry"
chattr -i "$copy" 2>/dev/null || true
chmod u+w "$copy"
printf 'cat xxx' >"$copy" # as long as before
exits 7 dsctl verify local/demo/cats:v1
out "plain copy"
exits 0 dsctl publish --yes --plain
exits 0 dsctl verify local/demo/cats:v1
# Its locks are extended with all others.
exits 0 env DSCTL_NOW="$(date -u -d '+300 days' +%Y-%m-%dT%H:%M:%SZ)" dsctl registry renew local -n
out "and of 8 of 8 objects in plain copies"
exits 0 env DSCTL_NOW="$(date -u -d '+300 days' +%Y-%m-%dT%H:%M:%SZ)" dsctl registry renew local --json
python3 -c 'import json,sys; n=json.load(open(sys.argv[1]))["namespaces"][0]; sys.exit(not (n["plain"]==8 and n["plain_renewed"]==8))' "$sandbox/out" || { cat "$sandbox/out"; fail "the plain copy was not renewed"; }
exits 0 env DSCTL_NOW="$(date -u -d '+301 days' +%Y-%m-%dT%H:%M:%SZ)" dsctl registry renew local --json
out '"plain_renewed":0'
# What cannot be a key is said before anything is published.
dsctl draft v2 --inherit v1 >/dev/null
echo x >"$(printf 'bad\xff')"
commit_all Second
exits 128 dsctl publish --yes --plain
err "cannot be a key"
exits 3 dsctl verify local/demo/cats:v9
dsctl versions | grep 'v2.*draft' >/dev/null || fail "it was published"
exits 0 dsctl publish --yes
exits 0 dsctl verify local/demo/cats:v2
