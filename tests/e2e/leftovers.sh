# Temporary files that a killed switch, restore, clone or get left go with the next command; those of a living one stay.
killed() { # COMMAND...: dies before the first file that it wrote gets its name
    local code=0
    { strace -f -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=SIGKILL:when=1 "$@"; } >/dev/null 2>&1 || code=$?
    same "$code" 137
}
left() { find "$1" -name .dsctl -prune -o -name '.dsctl-tmp-*' -print | wc -l; }
some_left() { [ "$(left "$1")" -gt 0 ] || fail "nothing was left in $1: the test is worth nothing"; }
none_left() { same "$(left "$1")$(find "$1/.dsctl/worktree" -name '*.writer' 2>/dev/null)" 0; }
start cats
sample && mkdir -p deep/er && head -c 3000000 /dev/urandom >deep/er/large
commit_all First && exits 0 dsctl publish -q --yes
dsctl draft v2 --new >/dev/null && ln -s somewhere only && commit_all Second
killed dsctl switch v1
some_left . && exits 0 dsctl status -s && [ -z "$(grep tmp "$sandbox/out")" ] || fail "leftovers are shown"
exits 0 dsctl switch v1 && none_left .
killed dsctl switch v2 # a link, which cannot be locked
same "$(find . -name .dsctl -prune -o -name '.dsctl-tmp-*' -type l -print | wc -l)" 1
exits 0 dsctl gc && none_left .
exits 0 dsctl switch v2 && exits 0 dsctl switch v1
for command in "restore run.sh" "fsck --repair" gc; do
    rm deep/er/large && killed dsctl restore deep/er/large
    some_left deep/er
    # shellcheck disable=SC2086
    exits 0 dsctl $command
    none_left .
    exits 0 dsctl restore deep/er/large
done
cd ..
killed dsctl clone demo/cats:v1 copy
some_left copy && exits 0 dsctl clone demo/cats:v1 copy && none_left copy && same_tree cats copy
killed dsctl get demo/cats:v1 -o got
some_left got && exits 0 dsctl get demo/cats:v1 -o got && none_left got && same_tree cats got
# One who is only slow (each of his threads waits before it gives its first file a name) loses nothing to others.
strace -f -qq -o /dev/null -e trace=renameat -e inject=renameat:delay_enter=4000000:when=1 dsctl get demo/cats:v1 -o slow 2>../slow-err &
tracer=$!
slow=
until [ -n "$slow" ] && [ "$slow" = "$(find slow -name '.dsctl-tmp-*' | sort)" ]; do # until all of him waits
    sleep 0.5
    [ "$(left slow 2>/dev/null)" -lt 2 ] || slow=$(find slow -name '.dsctl-tmp-*' | sort) # his mark and a file
done
exits 0 dsctl get demo/cats:v1 -o slow
same "$(find slow -name '.dsctl-tmp-*' | sort)" "$slow"
wait "$tracer" || fail "the slow one failed: $(cat ../slow-err)"
none_left slow && same_tree cats slow
