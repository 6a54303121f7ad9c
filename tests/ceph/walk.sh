# docs/ceph.md, line by line: each command must succeed, and print the lines shown under it (… stands for anything).
# Run by tests/e2e/lib.sh. The walk brings up a Ceph of its own beside that of the fixture.
ceph=$(dirname "$test_file")
page=$ceph/../../docs/ceph.md
dir=$CEPH_RUN-walk-$$
unset DSCTL_NOW AWS_PROFILE
trap '"$ceph/down" "$dir"; clean_up' EXIT
commands=0 lines=0
: >"$sandbox/shown"
while IFS= read -r line; do
    case $line in
        '    $ '*)
            command=${line#'    $ '}
            command=${command//tests\/ceph\//\"\$ceph\"/}
            command=${command//\/var\/tmp\/ceph/\"\$dir\"}
            # In this shell, not in one of its own: the page sets variables and changes folders.
            eval "$command" >"$sandbox/shown" 2>"$sandbox/said" || { cat "$sandbox/shown" "$sandbox/said" >&2; fail "failed: $command"; }
            commands=$((commands + 1))
            ;;
        '    '?*)
            wanted=$(printf '%s' "${line#'    '}" | sed -e "s#/var/tmp/ceph#$dir#g" -e 's/[][\.*^$()+?{}|]/\\&/g' -e 's/…/.*/g')
            grep -qE -- "$wanted" "$sandbox/shown" || { cat "$sandbox/shown" >&2; fail "'$command' does not print: ${line#'    '}"; }
            lines=$((lines + 1))
            ;;
    esac
done <"$page"
[ "$commands" -ge 20 ] && [ "$lines" -ge 10 ] || fail "the page was not run: $commands commands, $lines lines"
[ ! -e "$dir" ] || fail "the page leaves its Ceph behind"
