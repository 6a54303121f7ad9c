#!/bin/bash
# Runs one behaviour test: lib.sh TEST.sh DSCTL. The test is sourced in an empty folder with a fresh $HOME, a fixed clock and
# author (so that ids and digests never change), and the functions below. ACCEPT=1 rewrites golden outputs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../data" && pwd)
test_file=$(realpath "$1")
topic=$(basename "$test_file" .sh)
dsctl_binary=$(realpath "$2")

sandbox=$(mktemp -d "${TMPDIR:-/tmp}/dsctl-e2e.XXXXXX")
clean_up() {
    chattr -R -i "$sandbox" 2>/dev/null || true
    chmod -R u+rwX "$sandbox" 2>/dev/null || true
    rm -rf "$sandbox"
}
trap clean_up EXIT
trap 'echo "$topic.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR

mkdir "$sandbox/home" "$sandbox/bin" "$sandbox/work"
ln -s "$dsctl_binary" "$sandbox/bin/dsctl"
export HOME=$sandbox/home PATH=$sandbox/bin:$PATH LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
export DSCTL_NOW=2026-01-02T03:04:05Z DSCTL_AUTHOR_NAME="Ada Test" DSCTL_AUTHOR_EMAIL=ada@example.org
export DSCTL_NAMESPACE=demo DSCTL_NO_INPUT=1 NO_COLOR=1
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME DSCTL_REGISTRY DSCTL_DIR DSCTL_PAGER PAGER JPY_PARENT_PID DSCTL_TRACE
cd "$sandbox/work"

fail() {
    echo "$topic: $*" >&2
    exit 1
}

# exits N COMMAND...: the command must end with that code; its outputs are left in ../out and ../err.
exits() {
    local wanted=$1 code=0
    shift
    "$@" >"$sandbox/out" 2>"$sandbox/err" || code=$?
    if [ "$code" -ne "$wanted" ]; then
        cat "$sandbox/out" "$sandbox/err" >&2
        fail "exit code $code instead of $wanted: $*"
    fi
}
# out TEXT / err TEXT: the last `exits` printed that text there (fixed string).
out() { grep -qF -- "$1" "$sandbox/out" || { cat "$sandbox/out" >&2; fail "stdout lacks: $1"; }; }
err() { grep -qF -- "$1" "$sandbox/err" || { cat "$sandbox/err" >&2; fail "stderr lacks: $1"; }; }
no_out() { [ ! -s "$sandbox/out" ] || { cat "$sandbox/out" >&2; fail "stdout is not empty"; }; }
same() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }

# golden NAME COMMAND...: stdout must equal golden/<topic>.NAME (paths of the sandbox, random ids, and what was sent, which holds some and compresses so or so, hidden).
golden() {
    local file=$here/golden/$topic.$1
    shift
    exits 0 "$@"
    sed -e "s#$sandbox#SANDBOX#g" -e 's/"registry_id": "[0-9a-f]*"/"registry_id": "ID"/' -Ee 's/(locked until|locked_until": ?"|locked, until)[ 0-9TZ:-]+/\1 DATE/g; s/^((id  +)|  "id": ")[0-9a-f]{32}/\1ID/; s/("transfer": ?\{"files":[0-9]+,"bytes":)[0-9]+/\1SENT/; s/[0-9.]+ (B|KiB) (in [0-9]+ packs?)/SENT \2/; s/("pack_bytes":|"bytes_freed": )[0-9]+/\1STORED/g; s/(would free |; )[0-9.]+ (B|KiB)(: | left)/\1STORED\3/g' "$sandbox/out" >"$sandbox/shown"
    if [ "${ACCEPT:-}" = 1 ]; then
        mkdir -p "$here/golden"
        cp "$sandbox/shown" "$file"
    fi
    diff -u "$file" "$sandbox/shown" >&2 || fail "the output of '$*' changed (ACCEPT=1 takes it)"
}

# start NAME: a dataset demo/NAME in ./NAME, and the shell in it.
start() {
    mkdir "$1"
    cd "$1"
    dsctl init -q >/dev/null
}
# commit_all MESSAGE: everything as it is in the work tree.
commit_all() {
    dsctl add -A . >/dev/null
    dsctl commit -q -m "$1" >/dev/null
}
# sample: a few files of every kind that a dataset may hold.
sample() {
    mkdir -p images/cats labels empty
    printf 'cat one' >images/cats/1.txt
    printf 'cat two' >images/cats/2.txt
    : >labels/empty.txt
    printf '#!/bin/sh\necho hello\n' >run.sh
    chmod +x run.sh
    ln -s images/cats/1.txt link
    seq 1 100000 >table.csv
}
# same_tree A B: same names, kinds, modes, contents.
same_tree() {
    diff -r --no-dereference --exclude=.dsctl "$1" "$2" || fail "$1 and $2 differ"
    same "$(cd "$1" && list_tree)" "$(cd "$2" && list_tree)"
}
list_tree() { find . -path ./.dsctl -prune -o ! -type d -printf '%P %y %l ' -exec stat -c %A {} \; | cut -c1-500 | sort; find . -type d -empty -not -path './.dsctl*' | sort; }

# shellcheck disable=SC1090
source "$test_file"
