#!/bin/sh
# From a fresh Debian to versions of a real data set in a registry on this machine.
#
#   examples/quickstart.sh            on the tables of countries that come with the source
#   examples/quickstart.sh FOLDER     on a copy of your own folder
#
# Installs what the build needs (apt), builds a release, and does the main job, showing each command as you would
# type it. All it makes lies in one temporary folder, which it names at the end.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
own=
if [ $# -gt 0 ]; then
    own=$(cd "$1" && pwd)
fi

"$top/tests/install-packages" build
cd "$top"
cmake --preset release -DDSCTL_TESTS=OFF -B build/quickstart >/dev/null
cmake --build build/quickstart --target dsctl
PATH="$top/build/quickstart/cli:$PATH"

place=$(mktemp -d "${TMPDIR:-/tmp}/dsctl-quickstart.XXXXXX")
# Nothing of yours is touched: configuration, cache and the embedded registry live in that folder as well.
export XDG_CONFIG_HOME="$place/config" XDG_CACHE_HOME="$place/cache" XDG_DATA_HOME="$place/data"
export DSCTL_NAMESPACE=demo
export DSCTL_NO_INPUT=1
unset DSCTL_REGISTRY DSCTL_DIR

run() {
    printf '\n$ %s\n' "$*"
    "$@"
}
enter() {
    printf '\n$ cd %s\n' "$1"
    cd "$1"
}
say() {
    printf '\n# %s\n' "$*"
}

cd "$place"
mkdir work
if [ -n "$own" ]; then
    cp -a "$own/." work/
    rm -rf work/.dsctl
else
    tar xJf "$top/tests/data/countries.tar.xz"
    cp countries/3.0.0/* work/
fi

say "A dataset starts in any folder."
enter work
run dsctl init --name countries --description "Countries of the world, as tables"
run dsctl status
run dsctl add .
run dsctl commit -m "First import"

say "Publishing seals the version: same name, same bytes, for ever."
run dsctl publish --yes
run dsctl versions

say "The next version inherits everything; only what changes is stored and sent."
run dsctl draft v2 --inherit v1
if [ -n "$own" ]; then
    echo "a new file" >note.txt
else
    cp "$place"/countries/5.1.0/* .
fi
run dsctl status
run dsctl add -A
run dsctl diff --staged --stat
run dsctl commit -m "Update"
run dsctl publish --yes
run dsctl log --oneline --graph

say "Anybody with the registry gets it back, byte by byte."
cd "$place"
run dsctl clone demo/countries:v1 first
run dsctl get demo/countries:v2 -o second
run dsctl verify demo/countries:v2
run dsctl resolve demo/countries
diff -r --exclude=.dsctl "$place/work" "$place/second"
say "Version v2 in $place/second is what was published from $place/work."
say "Everything lies in $place."
