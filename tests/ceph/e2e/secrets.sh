# A canary: the secret key appears in no output, no trace, no file below $HOME or the checkout, no argument list and no core.
. "$(dirname "$test_file")/../session.sh"
canary=$(. "$CEPH_DIR/users/owner" && echo "$AWS_SECRET_ACCESS_KEY")
access=$(. "$CEPH_DIR/users/owner" && echo "$AWS_ACCESS_KEY_ID")
seen=$sandbox/seen
run() { # COMMAND...: everything it says, and how it is seen from outside while it runs
    as owner env DSCTL_TRACE=1 strace -f -qq -s 4096 -e trace=execve -o "$sandbox/execs" dsctl "$@" >>"$seen" 2>&1 || true
    grep -o 'execve([^{]*\]' "$sandbox/execs" >>"$seen" || true # arguments, not the environment
}
run registry init lab "$url" --ca-bundle "$CEPH_CA"
run registry check lab
run registry show lab --json
mkdir cats && cd cats
run init --registry lab
seq 1000 >numbers
run add -A .
run commit -m First
run push
run publish --yes
run get lab/demo/cats:v1 -o ../got
run registry policy lab --reader bob
# Also where it fails: a wrong bucket, keys in a URL, wrong keys.
as owner dsctl registry add two "https://$access:$canary@127.0.0.1/bucket" >"$sandbox/err" 2>&1 && fail "a URL with keys was taken"
err "has no credentials, parameters or fragment in it"
cat "$sandbox/err" >>"$seen"
run registry init three "$CEPH_ENDPOINT/no" --ca-bundle "$CEPH_CA"
(. "$CEPH_DIR/users/owner" && AWS_ACCESS_KEY_ID=nobody dsctl fetch >>"$seen" 2>&1) || true
(. "$CEPH_DIR/users/owner" && AWS_SECRET_ACCESS_KEY=${canary}x dsctl fetch >>"$seen" 2>&1) || true
same "$(grep -c 'does not accept the credentials' "$seen")" 2
grep -q '200' "$seen" || fail "nothing was traced"
! grep -q "$canary" "$seen" || { grep "$canary" "$seen" >&2; fail "the secret was printed"; }
! grep -q "X-Amz-Signature\|Signature=" "$seen" || fail "a signature was printed"
! grep -rq "$canary" "$HOME" "$sandbox/work" || fail "the secret is in a file"
# Nor would a core file hold it: what a process that has just signed holds of it lies where none is written from.
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$access" "$canary" >"$sandbox/keys" && chmod 600 "$sandbox/keys"
# (Keys in the environment are not for us to hide: the kernel keeps them on the stack.)
env -i HOME="$HOME" PATH="$PATH" AWS_SHARED_CREDENTIALS_FILE="$sandbox/keys" python3 - "$sandbox/keys" <<'END' || fail "the secret would be in a core file"
import re, socket, subprocess, sys
canary = open(sys.argv[1]).read().split()[-1].encode()
server = socket.create_server(("127.0.0.1", 0))
url = "http://127.0.0.1:%d/never" % server.getsockname()[1]
with subprocess.Popen(["dsctl", "registry", "init", "slow", url]) as process:
    try:
        connection, _ = server.accept()
        assert b"Signature=" in connection.recv(1 << 16)
        areas = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r.*\n(?:[A-Z].*\n)*?VmFlags:(.*)", open(f"/proc/{process.pid}/smaps").read(), re.M)
        seen = {True: 0, False: 0}  # by whether it is kept out of core files
        with open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
            for begin, end, flags in areas:
                if "io" not in flags.split() and int(begin, 16) < 1 << 63:
                    memory.seek(int(begin, 16))
                    seen["dd" in flags.split()] += memory.read(int(end, 16) - int(begin, 16)).count(canary)
        print("in memory:", seen, file=sys.stderr)
        assert seen[True] > 0 and seen[False] == 0, seen
    finally:
        process.kill()
END
