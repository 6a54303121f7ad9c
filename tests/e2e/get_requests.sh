# Many small files come in few requests, whatever the number of threads: those that are written together are read together,
# also where several threads stored them beside each other, and those that are wanted only.
unset DSCTL_NOW
# asked N COMMAND...: it asks the registry at most N times.
asked() {
    local most=$1
    shift
    exits 0 env DSCTL_TRACE=1 "$@"
    requests=$(sed -n "s/.*registry local: \([0-9]*\) requests.*/\1/p" "$sandbox/err")
    echo "$*: ${requests:-?} requests" >&2
    [ -n "$requests" ] && [ "$requests" -le "$most" ] || fail "$* made '$requests' requests"
}
start cats
mkdir many && head -c 18000000 /dev/urandom | split -b 12000 -a 4 -d - many/f
exits 0 dsctl add -A . -j 4
exits 0 dsctl commit -m First
exits 0 dsctl push
cd ..
for jobs in 1 8; do
    asked 40 dsctl get -j $jobs demo/cats:v1 -o "got$jobs"
    same_tree cats "got$jobs"
done
# What is there already is not read again.
for i in $(seq -w 0 5 1499); do rm "got1/many/f$i"; done
asked 40 dsctl get -j 2 demo/cats:v1 -o got1
same_tree cats got1
asked 20 dsctl get -j 2 demo/cats:v1 -o got1
