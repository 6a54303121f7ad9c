#!/bin/bash
# Every command has a manual page with a description and examples, and an end-to-end test that runs it.
#
#   tests/check/commands_documented.sh DSCTL
set -euo pipefail

dsctl=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
failed=0
complain() {
    echo "$1" >&2
    failed=1
}

while read -r name; do
    page=$root/man/dsctl-$name.1
    if [[ ! -f $page ]]; then
        complain "dsctl $name has no manual page man/dsctl-$name.1"
        continue
    fi
    for section in DESCRIPTION EXAMPLES "EXIT STATUS"; do
        grep -qx ".SH $section" "$page" || complain "man/dsctl-$name.1 has no section $section"
    done
    grep -rqE "(dsctl|DSCTL}?\"?)( -[^ ]+)* $name( |\$|\"|\)|;)" "$root/tests/e2e" 2> /dev/null ||
        complain "no test in tests/e2e runs 'dsctl $name'"
done < <("$dsctl" __commands)

# Pages and prose of commands that do not exist (any more).
for file in "$root"/man/dsctl-*.1 "$root"/man/prose/*.txt; do
    name=$(basename "$file")
    name=${name#dsctl-}
    name=${name%.*}
    [[ $name == dsctl ]] || "$dsctl" __commands | grep -qx -- "$name" || complain "$file is of no command"
done
exit "$failed"
