# Two puts at once: of different paths both are there, each as one commit; of one path one wins and the other is told
# which path, or comes upon it later. Nothing is lost and nobody waits for a lock.
exits 0 dsctl draft demo/cats:v1 --new
for i in $(seq 8); do echo "$i" >"f$i"; done
echo base >shared && dsctl put -q demo/cats:v1 shared >/dev/null
for i in $(seq 8); do
    (code=0; dsctl put demo/cats:v1 "f$i" --to "d$((i % 3))/f$i" >"out$i" 2>&1 || code=$?; echo "$code" >"code$i") &
done
wait
for i in $(seq 8); do same "$(cat "code$i")" 0; done
dsctl get -q demo/cats:v1 -o got >/dev/null
for i in $(seq 8); do same "$(cat "got/d$((i % 3))/f$i")" "$i"; done
exits 0 dsctl clone demo/cats:v1 clone
same "$(cd clone && dsctl log --oneline | wc -l)" 9
cd "$sandbox/work"

# The same path: a slow put is overtaken while its content comes.
mkfifo slow
dsctl put demo/cats:v1 - --to shared <slow >out 2>err &
slow_put=$!
exec 3>slow
printf 'from the slow one' >&3
sleep 1
echo "from the fast one" >fast
exits 0 dsctl put demo/cats:v1 fast --to shared
exec 3>&-
code=0; wait "$slow_put" || code=$?
same "$code" 6
grep -q "'shared'" err || { cat err >&2; fail "the path is not named"; }
same "$(dsctl cat --in demo/cats:v1 shared)" "from the fast one"
# Another path goes upon what the fast one did; a removed folder and a new file in it do, too.
dsctl put demo/cats:v1 - --to other <slow >out 2>err &
slow_put=$!
exec 3>slow
printf 'slow' >&3
sleep 1
exits 0 dsctl rm -r --in demo/cats:v1 d0
exec 3>&-
wait "$slow_put" || { cat err; fail "it conflicts with another path"; }
same "$(dsctl cat --in demo/cats:v1 other)" slow
exits 3 dsctl ls --in demo/cats:v1 d0
# Published meanwhile: nothing changes.
dsctl put demo/cats:v1 - --to late <slow >out 2>err &
slow_put=$!
exec 3>slow
printf 'late' >&3
sleep 1
exits 0 dsctl publish demo/cats:v1 --yes
exec 3>&-
code=0; wait "$slow_put" || code=$?
same "$code" 6
grep -q "is published and cannot change" err || { cat err >&2; fail "it does not say why"; }
