# shellcheck shell=bash
# Sourced by the behaviour tests in e2e/, inside of tests/e2e/lib.sh: a bucket name of the test's own in the cluster of the
# fixture ($CEPH_RUN), users, and a raw S3 client that does what dsctl would not.
ceph=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$CEPH_RUN/env"
# Nothing but what a test sets itself. The clock is the real one: locks must end in the cluster's future.
unset AWS_SHARED_CREDENTIALS_FILE AWS_CA_BUNDLE AWS_ENDPOINT_URL_S3 AWS_PROFILE DSCTL_NOW
tag=$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n')
bucket=e2e-${topic//_/-}-$tag
url=$CEPH_ENDPOINT/$bucket

# new_user NAME...: in the cluster as $tag-NAME, with a home of its own.
new_user() {
    local name
    for name in "$@"; do
        "$ceph/user" "$CEPH_DIR" "$tag-$name" >/dev/null
        mkdir "$sandbox/home-$name"
    done
}
# as NAME COMMAND...: with the keys and the home of a new_user, or of the buckets' owner ("owner").
as() {
    local name=$1
    shift
    (
        if [ "$name" = owner ]; then
            . "$CEPH_DIR/users/owner"
        else
            HOME=$sandbox/home-$name
            . "$CEPH_DIR/users/$tag-$name"
        fi
        exec "$@"
    )
}
# s3 [OPTIONS] METHOD TARGET: see s3.py. Targets begin with the bucket.
s3() { python3 "$ceph/s3.py" "$@"; }
# data_versions PREFIX: "KEY VERSION_ID" of every version below a prefix of the data bucket, as the server orders them.
data_versions() {
    s3 -b GET "/$bucket?versions&prefix=$1" | grep -o '<Version><Key>[^<]*</Key><VersionId>[^<]*' |
        sed 's/<Version><Key>//; s#</Key><VersionId># #'
}
# counted USER COMMAND...: as that user, through a relay (count.py), for registries that are configured as s3://BUCKET. Sets
# $sent, $received (bytes) and $copies (requests for a copy inside of the storage).
counted() {
    local user=$1
    shift
    exits 0 as "$user" env COUNTED="$sandbox/counted" python3 "$ceph/count.py" "${CEPH_HTTP_ENDPOINT##*:}" "$@"
    # shellcheck disable=SC2034 # for who calls this
    read -r sent received copies <"$sandbox/counted"
}
# policies REGISTRY OPTIONS...: as `registry policy` prints them, given to both buckets.
policies() {
    local kind
    for kind in data control; do
        as owner dsctl registry policy "$1" "${@:2}" --bucket $kind >"$sandbox/$kind.json"
    done
    s3 -s 20. -f "$sandbox/data.json" PUT "/$bucket?policy" >/dev/null
    s3 -s 20. -f "$sandbox/control.json" PUT "/$bucket-ctl?policy" >/dev/null
}
# start_gateway: a radosgw of the test's own beside the shared one, over the same buckets, which it may stop and kill.
# Sets $gateway (its URL) and $gateway_pid; end it with stop_gateway. start_gateway PORT: at that port again.
start_gateway() {
    local port=${1:-}
    while [ -z "$port" ] || ! (. "$ceph/lib.sh" && port_free "$port"); do
        port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
    done
    gateway=http://127.0.0.1:$port
    radosgw --conf "$CEPH_CONF" -f --name client.rgw.a --rgw_frontends "beast tcp_nodelay=1 endpoint=127.0.0.1:$port" \
        >"$sandbox/gateway.log" 2>&1 &
    gateway_pid=$!
    for _ in $(seq 600); do
        curl -s -o /dev/null "$gateway/" && return 0
        kill -0 "$gateway_pid" 2>/dev/null || break
        sleep 0.05
    done
    fail "a second radosgw does not start: $(tail -n 5 "$sandbox/gateway.log")"
}
stop_gateway() {
    [ -n "${gateway_pid:-}" ] || return 0
    kill -KILL "$gateway_pid" 2>/dev/null || true
    wait "$gateway_pid" 2>/dev/null || true
    gateway_pid=
}
