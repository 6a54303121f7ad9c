# Collection in a registry: what nothing reaches is condemned, waits, and goes; everything else stays. Locks are renewed.
dsctl registry init hub "$sandbox/hub" >/dev/null
export DSCTL_REGISTRY=hub
packs() { find "$sandbox/hub/data" -type f -path '*packs*' ! -name '*.lock' | wc -l; }

start cats
head -c 300000 /dev/urandom >kept.bin
commit_all one
dsctl push -q >/dev/null
dsctl publish --yes -q -m "sealed" >/dev/null
dsctl draft v2 --inherit v1 >/dev/null
head -c 300000 /dev/urandom >gone.bin
commit_all two
dsctl push -q >/dev/null
all=$(packs)

exits 0 dsctl gc --registry hub
out "nothing to free"
exits 0 dsctl drop hub/demo/cats:v2 --yes
export DSCTL_NOW=2030-01-01T00:00:00Z
exits 0 dsctl gc --registry hub -n
out "would condemn"
same "$(packs)" "$all"
exits 0 dsctl gc --registry hub --namespace demo --grace 7d
out "condemned"
out "may go from 2030-01-08"
same "$(packs)" "$all"
export DSCTL_NOW=2030-01-08T00:00:01Z
exits 0 dsctl gc --registry hub --grace 7d --json
out '"removed":2'
[ "$(packs)" -lt "$all" ] || fail "nothing was removed"
dsctl get hub/demo/cats:v1 -o "$sandbox/got" >/dev/null
cmp kept.bin "$sandbox/got/kept.bin"

exits 3 dsctl gc --registry hub --namespace dmo
err "did you mean 'demo'?"
exits 129 dsctl gc --registry hub --grace soon
exits 129 dsctl gc --grace 7d

exits 0 dsctl registry renew hub -n
out "would extend the locks of 1 of 1 version"
exits 0 dsctl registry renew hub --json
out '"packs_renewed":2'
exits 0 dsctl registry renew hub
out "extended the locks of 0 of 1 version, 0 of 0 signatures and 0 of"
unset DSCTL_NOW
exits 0 dsctl verify hub/demo/cats:v1 --locks
