# An interrupted put: the draft is as before, and the same command goes on where it stopped instead of sending all again.
exits 0 dsctl draft demo/cats:v1 --new
head -c 250000000 /dev/urandom >large
packs() { find "$HOME/.local/share/dsctl/registry" -type f -size +1M 2>/dev/null | wc -l; }
put_until() { # REF FILE N: put it until the registry has N large packs more, and stop there, alive
    local enough=$(($(packs) + $3))
    dsctl put "$1" "$2" >/dev/null 2>&1 &
    pid=$!
    for _ in $(seq 3000); do [ "$(packs)" -ge $enough ] && break; sleep 0.01; done
    kill -STOP $pid 2>/dev/null || fail "it was over before it was stopped"
}
killed() { # PID...
    kill -KILL "$@"
    wait "$@" 2>/dev/null || true
}
put_until demo/cats:v1 large 5
killed $pid
same "$(dsctl ls --in demo/cats:v1 | wc -l)" 0
exits 0 dsctl put demo/cats:v1 large --json
python3 -c 'import json,sys; t=json.load(open(sys.argv[1]))["transfer"]; sys.exit(not t["reused_bytes"] > 60000000)' "$sandbox/out" || { cat "$sandbox/out"; fail "all was sent again"; }
dsctl cat --in demo/cats:v1 large | cmp - large
exits 0 dsctl verify local/demo/cats:v1
[ -z "$(find "$HOME/.cache/dsctl/put" -name 'push-*' -o -name spool)" ] || fail "the journal is left"
# Two that are interrupted, and others that come to their end before they are run again: each finds its own.
exits 0 dsctl draft demo/birds:v1 --new
head -c 250000000 /dev/urandom >first && head -c 250000000 /dev/urandom >second && echo small >small
put_until demo/birds:v1 first 4
stopped=$pid
put_until demo/birds:v1 second 4
killed $stopped $pid
exits 0 dsctl put demo/birds:v1 small
exits 0 dsctl put demo/cats:v1 small
exits 0 dsctl import --json - demo/moths:v1 < <(tar -cf - small)
for name in second first; do # not in the order in which they began
    exits 0 dsctl put demo/birds:v1 $name --json
    python3 -c 'import json,sys; t=json.load(open(sys.argv[1]))["transfer"]; print(t, file=sys.stderr); sys.exit(not t["reused_bytes"] > 30000000)' "$sandbox/out" || fail "all of $name was sent again"
    dsctl cat --in demo/birds:v1 $name | cmp - $name
done
[ -z "$(find "$HOME/.cache/dsctl/put" -mindepth 1)" ] || fail "folders of commands that are over are left"
# What nobody came back for goes after a month.
mkdir "$HOME/.cache/dsctl/put/0" && touch "$HOME/.cache/dsctl/put/0/lock" && touch -d '-31 days' "$HOME/.cache/dsctl/put/0/lock" "$HOME/.cache/dsctl/put/0"
mkdir "$HOME/.cache/dsctl/put/1" && touch "$HOME/.cache/dsctl/put/1/lock"
exits 0 dsctl put demo/birds:v1 small
same "$(ls "$HOME/.cache/dsctl/put")" 1
rm -r first second
# What the killed one had sent is found by others, too.
stored() { du -sb "$HOME/.local/share/dsctl/registry/data" | cut -f1; }
before=$(stored)
exits 0 dsctl draft demo/dogs:v1 --new
exits 0 dsctl put demo/dogs:v1 large
sent=$(($(stored) - before))
[ "$sent" -le 2500000 ] || fail "$sent bytes were sent again"
# Ctrl-C is answered at once.
mkfifo never
env --default-signal=INT dsctl put demo/cats:v1 - --to x <never >/dev/null 2>err & # in the background a shell has SIGINT ignored
pid=$!
exec 3>never
sleep 0.5
kill -INT $pid
code=0; wait $pid || code=$?
exec 3>&-
same "$code" 130
