#!/bin/bash
# What ten changes in a large dataset cost a registry: requests.sh DSCTL [FILES [URL]]. Prints the counts of DSCTL_TRACE for a
# first push, a push of ten changed files, its publication, and the same for a draft that inherits. FILES is 1,000,000
# unless given; URL another registry than a folder. Budgets: push 15 requests, publish 40, 1 MiB beside the changes.
set -euo pipefail
dsctl=$(realpath "$1")
files=${2:-1000000}
url=${3:-}
work=$(mktemp -d)
trap 'chattr -R -i "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
export HOME=$work/home DSCTL_NO_INPUT=1 DSCTL_NAMESPACE=bench
unset XDG_CACHE_HOME XDG_DATA_HOME XDG_CONFIG_HOME DSCTL_REGISTRY DSCTL_DIR
mkdir -p "$work/home" "$work/many"
cd "$work/many"
if [ -n "$url" ]; then
    "$dsctl" registry add bench "$url"
    export DSCTL_REGISTRY=bench
fi

write() { # write WHAT STEP: one file in every STEP
    python3 - "$1" "$2" "$files" <<'PY'
import os, sys
what, step, files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for i in range(step // 2, files, step):
    folder = f"d{i // 1000:04}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{i:07}", "w") as out:
        out.write(f"{what} {i}")
PY
}
traced() { # traced WHAT COMMAND...
    local what=$1
    shift
    printf '%-28s ' "$what"
    DSCTL_TRACE=1 "$dsctl" "$@" -q 2>&1 >/dev/null | sed -n 's/.*trace: registry [^:]*: //p'
}

"$dsctl" init -q >/dev/null
write first 1
"$dsctl" add -q . && "$dsctl" commit -qm first >/dev/null
traced "first push" push
write second $((files / 10))
"$dsctl" add -q . && "$dsctl" commit -qm second >/dev/null
traced "push of ten changes" push
traced "publish of it" publish --yes
"$dsctl" draft -q v2 --inherit v1 >/dev/null
write third $((files / 10))
"$dsctl" add -q . && "$dsctl" commit -qm third >/dev/null
traced "push of a new draft" push
write fourth $((files / 10))
"$dsctl" add -q . && "$dsctl" commit -qm fourth >/dev/null
traced "push and publish at once" publish --yes
