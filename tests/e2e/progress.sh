# Progress tells how long it takes when that can be known, and a push that fails does not end as if it had gone well.
start cats
truncate -s 1G large
for i in $(seq 2500); do echo "$i" >"$i"; done
echo ignored >ignored && echo ignored >.dsctlignore
exits 0 dsctl --progress=json add -A .
python3 - "$sandbox/err" <<'PY' || fail "$(cat "$sandbox/err")"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
last = [e for e in events if e["task"] == "adding"][-1]
assert (last["event"], last["items"], last["total_items"]) == ("finish", 2502, 2502), last
assert last["bytes"] == last["total_bytes"] > 1 << 30, last
assert any(e["seconds_left"] is not None for e in events if e["event"] == "progress"), "nobody says how long"
PY
# A few files are not worth a count.
echo more >more
exits 0 dsctl --progress=json add more
grep -q '"total_items":null' "$sandbox/err" || fail "$(cat "$sandbox/err")"
cd .. && start small
head -c 3000000 /dev/urandom >data && commit_all First
registry=$HOME/.local/share/dsctl/registry
exits 0 dsctl draft demo/other:v1 --new # makes the registry
mkdir -p "$registry/data" && : >"$registry/data/demo" # no pack can be put
exits 128 dsctl --progress=json push
python3 - "$sandbox/err" <<'PY' || fail "$(cat "$sandbox/err")"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
last = [e for e in events if e["task"] == "pushing"][-1]
assert last["event"] == "stop", last
assert last["bytes"] < last["total_bytes"] == 3000000, last
PY
rm "$registry/data/demo"
exits 0 dsctl --progress=json push
python3 - "$sandbox/err" <<'PY' || fail "$(cat "$sandbox/err")"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
last = [e for e in events if e["task"] == "pushing"][-1]
assert last["event"] == "finish" and last["bytes"] == last["total_bytes"] == 3000000, last
PY
