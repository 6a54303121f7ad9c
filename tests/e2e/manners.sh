# Errors, hints, exit codes, typo suggestions, JSON and colours as promised.
exits 129 dsctl pusg
err "error: 'pusg' is not a dsctl command"
err "hint: did you mean 'push'?"
exits 129 dsctl checkout v1
err "hint: dsctl switch"
exits 129 dsctl add --dry-rnu x
err "--dry-run"
exits 3 dsctl status
err "hint:"
exits 0 dsctl version
exits 0 dsctl --version
exits 0 dsctl version --json
out '"schema": "dsctl.version/1"'
exits 0 dsctl help commit
exits 0 dsctl commit --help
out "--amend"
for topic in $(cd "$here/../../man/topics" && echo *.txt); do exits 0 dsctl help "${topic%.txt}"; done
exits 3 dsctl help exit-code
err "did you mean 'exit-codes'?"
exits 0 dsctl
start cats
sample
exits 0 dsctl add --progress=plain .
exits 0 dsctl add --progress=json .
! grep -q "{" "$sandbox/out" || fail "progress on stdout"
exits 0 dsctl commit -m First
exits 0 dsctl --color=always status -s
exits 0 dsctl status --json
! grep -q $'\x1b' "$sandbox/out" || fail "JSON is coloured"
python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$sandbox/out"
exits 0 dsctl log --json --color=always
python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$sandbox/out"
dsctl ls | head -n 0
dsctl config set core.lock-timeout 0
python3 - <<'PY'
import fcntl, struct, subprocess, sys
lock = open(".dsctl/lock", "a+")
fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
done = subprocess.run(["dsctl", "add", "."], capture_output=True, text=True)
sys.exit(0 if done.returncode == 8 and "another dsctl" in done.stderr else f"{done.returncode}: {done.stderr}")
PY
