# promise 6: a registry that takes back what it showed is noticed, each way with a message of its own.
start cats
sample
commit_all First
exits 0 dsctl publish --yes
registry=$HOME/.local/share/dsctl/registry
cp -a "$registry" "$sandbox/old"
dsctl draft v2 --inherit v1 >/dev/null
echo more >more && commit_all Second
exits 0 dsctl publish --yes
dsctl clone -q demo/cats:v2 "$sandbox/clone" >/dev/null
cp -a "$registry" "$sandbox/new"
dsctl config set --global registry.other.url "$registry"
# Restored from an old backup, the bucket is consistent in itself.
swap() {
    mv "$registry" "$sandbox/away.$RANDOM"
    cp -a "$1" "$registry"
}
swap "$sandbox/old"
exits 7 dsctl resolve demo/cats
err "shows an older state of demo/cats than before: v2 (sequence 2) was seen"
exits 7 dsctl get demo/cats:v2 -o "$sandbox/copy"
err "its record is gone"
exits 7 dsctl -C "$sandbox/clone" fetch
err "shows an older state"
exits 0 dsctl verify demo/cats:v1
# Somebody publishes another v2 upon it.
(
    export XDG_DATA_HOME=$sandbox/stranger
    exits 0 dsctl registry add lab "$registry"
    cd "$sandbox/work" && mkdir rival && cd rival
    dsctl init -q --name demo/cats --registry lab --draft v2 >/dev/null
    echo other >other && commit_all Other
    exits 0 dsctl publish --yes
)
exits 7 dsctl verify demo/cats:v2
err "local/demo/cats:v2 is not what it was"
exits 7 env XDG_DATA_HOME="$sandbox/nothing" dsctl -C "$sandbox/clone" fetch other
err "is not what was fetched before"
swap "$sandbox/new"
exits 0 dsctl resolve demo/cats
# Whoever wants to believe it nevertheless is told how.
swap "$sandbox/old"
exits 7 dsctl resolve demo/cats
$(sed -n "s/.*if that was meant: //p" "$sandbox/err" | tr -d "'")
exits 0 dsctl resolve demo/cats
