# A collector that takes what an import relied upon, between the moment it was found and the commit: what can be read again is
# (the draft is whole then), and of a stream it is said. Nobody gets half of it.
unset DSCTL_NOW
mkdir src && head -c 20000000 /dev/urandom >src/first && head -c 300000 /dev/urandom >src/last
dropped() { # a dataset that had it, which nobody has any more
    exits 0 dsctl import src demo/sender:v1
    exits 0 dsctl drop -y --force demo/sender:v1
}
collect() { # condemned, and gone
    exits 0 dsctl gc --registry local --grace 0s
    exits 0 dsctl gc --registry local --grace 0s
}
packs() { find "$HOME/.local/share/dsctl/registry/data" -type f -path '*/packs/*' ! -name '*.lock' -size +1M | wc -l; }

# A stream that is held behind its first 20 MB, when they have been found.
dropped
tar -C src -cf t.tar first last
mkfifo slow
DSCTL_TRACE=1 dsctl import - demo/stream:v1 <slow >out 2>err &
importer=$!
exec 3>slow
head -c 20200000 t.tar >&3
same "$(packs)" 1 # what the first one sent
collect
same "$(packs)" 0
tail -c +20200001 t.tar >&3
exec 3>&-
code=0; wait "$importer" || code=$?
same "$code" 5
grep -q "has been collected there meanwhile" err || { cat err >&2; fail "it does not say why"; }
exits 3 dsctl ls --in demo/stream:v1 # nor an empty draft
exits 0 dsctl import t.tar demo/stream:v1
exits 0 dsctl get demo/stream:v1 -o got && same_tree src got && rm -r got
exits 0 dsctl drop -y --force demo/stream:v1
collect

# The same with a folder, stopped where it opens the last file.
dropped
strace -f -qq -o /dev/null -P "$PWD/src/last" -P last -e trace=openat,openat2 -e inject=openat,openat2:signal=SIGSTOP:when=1 \
    dsctl import src demo/folder:v1 >out 2>err &
tracer=$!
until importer=$(pgrep -P "$tracer") && grep -q '^State:.*[tT] ' "/proc/$importer/status"; do
    kill -0 "$tracer" 2>/dev/null || { cat err >&2; fail "it was over before it was stopped"; }
    sleep 0.05
done
sleep 0.3
collect
same "$(packs)" 0
while stopped=$(pgrep -P "$tracer"); do
    kill -CONT "$stopped" 2>/dev/null || true
    sleep 0.05
done
wait "$tracer" || fail "the import failed: $(cat err)"
same "$(packs)" 1
exits 0 dsctl get demo/folder:v1 -o got && same_tree src got
exits 0 dsctl verify local/demo/folder:v1
