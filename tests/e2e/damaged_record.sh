# One damaged record keeps nobody from the dataset's other versions: it is named, and only what asks for it fails.
start cats
sample
for version in v1 v2 v3; do
    [ $version = v1 ] || dsctl draft $version --inherit v$((${version#v} - 1)) -q >/dev/null
    echo $version >file
    commit_all $version
    dsctl publish -q --yes >/dev/null
done
dsctl draft v4 --inherit v3 -q >/dev/null && dsctl push -q >/dev/null
registry=$HOME/.local/share/dsctl/registry
chattr -R -i "$registry" 2>/dev/null || true
record() { find "$registry/data" -path "*records/$1*" -type f -not -name '*.lock'; }
for damaged in v1 v3; do # the newest one as well
    cp -p "$(record $damaged)" ../record
    chmod u+w "$(record $damaged)" && echo junk >"$(record $damaged)"
    exits 0 dsctl versions demo/cats
    err "demo/cats:$damaged is left out"
    out "v2 "
    out "v4 "
    ! grep -q "^  $damaged " "$sandbox/out" || fail "$damaged is listed"
    exits 0 dsctl clone demo/cats:v2 "../clone-$damaged"
    err "demo/cats:$damaged is left out"
    exits 0 dsctl get demo/cats:v2 -o "../got-$damaged"
    exits 0 dsctl fetch
    err "demo/cats:$damaged is left out"
    exits 7 dsctl clone "demo/cats:$damaged" ../none
    exits 7 dsctl verify "demo/cats:$damaged"
    exits 7 dsctl registry renew # of the others all the same
    out "demo/cats:$damaged"
    cp ../record "$(record $damaged)"
    exits 0 dsctl verify "demo/cats:$damaged"
done
