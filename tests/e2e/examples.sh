# The examples for pods and notebooks run as they are, over the tables of countries that come with the source.
trap 'grep "fuse.dsctl" /proc/mounts | cut -d" " -f2 | grep -F "$sandbox" | xargs -r -n 1 umount -l 2>/dev/null || true; clean_up' EXIT
export TMPDIR=$sandbox
tar xJf "$data/countries.tar.xz"
mkdir published && cd published
dsctl init -q --name demo/countries >/dev/null
cp ../countries/3.0.0/* .
printf -- '---\npretty_name: Countries of the world\ndescription: Countries, as tables\nlicense: odbl\nauthors: [Mohammed Le Doze]\n---\n# Countries\n' >README.md
commit_all First
dsctl publish -q --yes >/dev/null
dsctl draft v2 --inherit v1 >/dev/null
cp ../countries/5.1.0/* .
commit_all Second
dsctl publish -q --yes >/dev/null
cd ..
examples=$here/../../examples
# A pod: mounted where FUSE is, fetched where it is not; the same bytes either way.
[ -c /dev/fuse ] || fail "this test needs /dev/fuse"
registry=$HOME/.local/share/dsctl/registry
pod() { # NAME VARIABLES...
    local name=$1
    shift
    mkdir "$name" "$name/home" && exits 0 env HOME="$PWD/$name/home" REGISTRY_URL="$registry" DATASET=demo/countries:v1 OUTPUT="$name" POD_UID="uid-of-$name" "$@" sh "$examples/pod.sh"
}
pod one
out "how: mounted"
out "uid-of-one"
pod two NO_MOUNT=1
out "how: fetched"
out "files: 6"
same "$(grep -v how: one/model.txt)" "$(grep -v how: two/model.txt)"
same "$(grep bytes: one/model.txt)" "bytes: $(cd published && dsctl du -q --in v1 >/dev/null; dsctl resolve --json local/demo/countries:v1 | grep '"bytes"' | tr -dc 0-9)"
if grep -qF "$sandbox/dataset." /proc/mounts; then fail "the pod left its mount"; fi
exits 0 dsctl lineage demo/countries:v1
out "uid-of-two"
# The notebook: what its cells print is what is stored in it.
mkdir notebook && cd notebook
cp "$examples/notebook.ipynb" .
if [ "${ACCEPT:-}" = 1 ]; then
    python3 "$here/run_notebook.py" --write notebook.ipynb && cp notebook.ipynb "$examples/notebook.ipynb"
fi
exits 0 python3 "$here/run_notebook.py" notebook.ipynb
out "9 cells"
# The runner sees what differs, and what fails.
sed -i "s/columns\\\\n/rows\\\\n/" notebook.ipynb
exits 1 python3 "$here/run_notebook.py" notebook.ipynb
sed -i "s/dsctl resolve -q/dsctl resolve --no-such/" notebook.ipynb
exits 1 python3 "$here/run_notebook.py" notebook.ipynb
err "cell 4 failed"
