# A draft that is mounted or was used is not dropped by accident; the error says who uses it.
trap 'umount -l "$sandbox"/work/m 2>/dev/null || true; clean_up' EXIT
start cats
echo one >a
commit_all First
dsctl push >/dev/null
dsctl draft v2 --inherit v1 >/dev/null
cd ..
exits 0 dsctl mount --draft demo/cats:v1 m
cd cats
exits 6 dsctl drop v1
err "draft demo/cats:v1 is in use: mounted on $sandbox/work/m"
err "dsctl drop --force v1"
exits 6 dsctl drop local/demo/cats:v1
err "mounted on"
exits 0 dsctl gc --registry local -n
err "draft local/demo/cats:v1 is mounted on"
dsctl unmount ../m
exits 6 dsctl drop local/demo/cats:v1
err "used by Ada Test on $(hostname) (mount)"
exits 0 dsctl drop --force local/demo/cats:v1
exits 0 dsctl drop --yes v1
# Somebody else's use, known from the registry alone.
exits 0 dsctl push
exits 0 env HOME="$sandbox/other" XDG_DATA_HOME="$sandbox/other/data" DSCTL_AUTHOR_NAME="Bo" DSCTL_RUN_ID=exp-9 \
    bash -c "mkdir -p $sandbox/other/data/dsctl && ln -s $HOME/.local/share/dsctl/registry $sandbox/other/data/dsctl/registry && dsctl get demo/cats:v2 -o $sandbox/bo"
exits 6 dsctl drop local/demo/cats:v2
err "used by Bo on $(hostname) (get)"
err "run exp-9 of dsctl"
exits 0 dsctl drop --yes local/demo/cats:v2
# gc of the registry says whose work goes with a draft that was dropped.
exits 0 dsctl gc --registry local -n
err "draft demo/cats:v2 was dropped, and what only it held is collected: used by Bo on $(hostname) (get)"
# gc says when it frees a commit that was used.
dsctl draft v3 --inherit v2 >/dev/null
echo three >c
commit_all Third
dsctl push >/dev/null
exits 0 dsctl get demo/cats:v3 -o "$sandbox/three"
echo four >c
dsctl add -A >/dev/null && dsctl commit -q --amend -m Other >/dev/null
exits 0 dsctl gc -n
if grep -q "no version holds it" "$sandbox/err"; then fail "the registry's ref holds it"; fi
exits 0 dsctl drop --force local/demo/cats:v3
exits 0 dsctl gc -n
err "of draft v3 was used by Ada Test"
