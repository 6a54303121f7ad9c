#!/bin/bash
# The manual pages and completion scripts in the repository are what dsctl makes from its command tree.
#
#   tests/check/generated.sh DSCTL            compares, and says how to refresh
#   tests/check/generated.sh DSCTL --refresh  writes them
set -euo pipefail

dsctl=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

mkdir "$fresh/man" "$fresh/completions"
"$dsctl" __man "$fresh/man" > /dev/null
for shell in bash zsh fish; do
    "$dsctl" completion "$shell" > "$fresh/completions/dsctl.$shell"
done

if [[ ${2:-} == --refresh ]]; then
    mkdir -p "$root/man" "$root/completions"
    rm -f "$root"/man/*.[17]
    cp "$fresh"/man/* "$root/man/"
    cp "$fresh"/completions/dsctl.* "$root/completions/"
    exit 0
fi

failed=0
for folder in man completions; do
    diff -r --exclude=prose --exclude=topics "$root/$folder" "$fresh/$folder" || failed=1
done
if ((failed)); then
    echo "out of date; refresh with: tests/check/generated.sh BUILD/cli/dsctl --refresh" >&2
fi

# Scripts that do not parse help nobody. Shells that are not installed are not asked.
bash -n "$fresh/completions/dsctl.bash" || failed=1
if command -v zsh > /dev/null; then
    zsh -n "$fresh/completions/dsctl.zsh" || failed=1
fi
if command -v fish > /dev/null; then
    fish --no-execute "$fresh/completions/dsctl.fish" || failed=1
fi
exit "$failed"
