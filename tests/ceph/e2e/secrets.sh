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
as owner dsctl registry add two "https://$access:$canary@127.0.0.1/bucket" >>"$seen" 2>&1 && fail "a URL with keys was taken"
run registry init three "$CEPH_ENDPOINT/no" --ca-bundle "$CEPH_CA"
(. "$CEPH_DIR/users/owner" && AWS_ACCESS_KEY_ID=nobody dsctl fetch >>"$seen" 2>&1) || true
(. "$CEPH_DIR/users/owner" && AWS_SECRET_ACCESS_KEY=${canary}x dsctl fetch >>"$seen" 2>&1) || true
same "$(grep -c 'does not accept the credentials' "$seen")" 2
grep -q '200' "$seen" || fail "nothing was traced"
! grep -q "$canary" "$seen" || { grep "$canary" "$seen" >&2; fail "the secret was printed"; }
! grep -q "X-Amz-Signature\|Signature=" "$seen" || fail "a signature was printed"
! grep -rq "$canary" "$HOME" "$sandbox/work" || fail "the secret is in a file"
