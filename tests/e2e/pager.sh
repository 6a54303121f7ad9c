# On a terminal long output goes through a pager; one that is not there swallows nothing.
start cats
echo a >a && commit_all First
cat >terminal.py <<'PY'
import os, pty, sys
out = b""
def read(fd):
    global out
    data = os.read(fd, 65536)
    out += data
    return data
code = pty.spawn(sys.argv[1:], read, lambda fd: b"")
sys.exit(os.waitstatus_to_exitcode(code))
PY
on_terminal() { TERM=xterm python3 ../cats/terminal.py "$@" </dev/null; }
export DSCTL_PAGER="sed 's/^/paged: /'"
exits 0 on_terminal dsctl log
out "paged: "
out "First"
export DSCTL_PAGER=no-such-pager
exits 0 on_terminal dsctl log
out "no-such-pager"
out "First"
export DSCTL_PAGER=cat
exits 0 on_terminal dsctl log
out "First"
unset DSCTL_PAGER
PAGER=no-such-pager exits 0 dsctl log # no terminal, no pager
out "First"
# A commit that may be empty is asked its message for as any other.
unset DSCTL_PAGER DSCTL_NO_INPUT
exits 1 on_terminal dsctl commit
out "nothing to commit"
export EDITOR="sed -i 1s/^/Empty/"
exits 0 on_terminal dsctl commit --allow-empty
out "] Empty"
