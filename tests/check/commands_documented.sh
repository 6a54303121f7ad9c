#!/bin/bash
# Every command has a manual page with a description and examples, and an end-to-end test that runs it.
#
#   tests/check/commands_documented.sh DSCTL
set -euo pipefail

dsctl=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
commands=$("$dsctl" __commands)
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
done <<< "$commands"

# Settings that nobody is told of.
while read -r key; do
    grep -qE "\`($key|${key%.*}.*\`, \`$key)\`" "$root/man/prose/config.txt" || complain "man/prose/config.txt does not name $key"
done < <(HOME=$root/nowhere XDG_CONFIG_HOME='' "$dsctl" __complete config_key)

# Pages and prose of commands that do not exist (any more).
for file in "$root"/man/dsctl-*.1 "$root"/man/prose/*.txt; do
    name=$(basename "$file")
    name=${name#dsctl-}
    name=${name%.*}
    [[ $name == dsctl ]] || grep -qx -- "$name" <<< "$commands" || complain "$file is of no command"
done
exit "$failed"
