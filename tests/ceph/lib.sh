# shellcheck shell=bash
# What `up`, `down` and `user` share. A cluster is a folder with the file `dsctl-ceph` in it; nothing else is
# ever started, stopped or removed.

die() {
    echo "tests/ceph/${0##*/}: $*" >&2
    exit 1
}

# is_cluster DIR
is_cluster() { [ -f "$1/dsctl-ceph" ]; }

# runs DIR NAME: whether the process that was started as this daemon of this folder is still that process.
# (A pid alone may belong to somebody else by now.)
runs() {
    local pid
    pid=$(cat "$1/pids/$2" 2>/dev/null) && [ -n "$pid" ] || return 1
    [[ $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) == *"--conf $1/ceph.conf "* ]]
}

# stop_daemons DIR: at once and for good. The data is thrown away anyway, so nobody waits for a flush.
stop_daemons() {
    local name pid
    for name in rgw osd mon; do
        if runs "$1" "$name"; then
            pid=$(cat "$1/pids/$name")
            kill -KILL "$pid" 2>/dev/null || true
            for _ in $(seq 600); do
                runs "$1" "$name" || break
                sleep 0.05
            done
        fi
        rm -f "$1/pids/$name"
    done
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "$what did not happen in time" >&2; return 1; }
        sleep 0.05
    done
}

# rgw_admin DIR ARGUMENTS...
rgw_admin() {
    local dir=$1
    shift
    timeout 120 radosgw-admin --conf "$dir/ceph.conf" --name client.admin "$@"
}

# make_user DIR NAME: with random keys, kept in DIR/users/NAME (to source) and as a profile in DIR/credentials.
make_user() {
    local dir=$1 name=$2 access secret
    access=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n' | tr a-f A-F)
    secret=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
    # --access-key and --secret are arguments of a tool that knows no other way; the keys are for this cluster alone.
    rgw_admin "$dir" user create --uid "$name" --display-name "$name" --access-key "$access" \
        --secret-key "$secret" --max-buckets 100000 >"$dir/log/user-$name.json" 2>"$dir/log/user-$name.err" ||
        { cat "$dir/log/user-$name.err" >&2; return 1; }
    (
        umask 077
        mkdir -p "$dir/users"
        printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\nexport AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n' \
            "$access" "$secret" >"$dir/users/$name"
        printf '[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n' "$name" "$access" "$secret" \
            >>"$dir/credentials"
    )
}

# start_daemon DIR NAME PROGRAM ARGUMENTS...: in DIR (rgw_frontends takes no paths with blanks) and its own session, its output in
# log/NAME.out. --conf comes right behind the program's name: `runs` looks for it.
start_daemon() {
    local dir=$1 name=$2 program=$3
    shift 3
    (cd "$dir" && exec setsid "$program" --conf "$dir/ceph.conf" -f "$@") </dev/null >>"$dir/log/$name.out" 2>&1 &
    echo $! >"$dir/pids/$name"
    disown
    wait_for 10 "start of $name" runs "$dir" "$name"
}
start_mon() { start_daemon "$1" mon ceph-mon -i a; }
start_osd() { start_daemon "$1" osd ceph-osd -i 0; }
start_rgw() { start_daemon "$1" rgw radosgw --name client.rgw.a; }

ceph_tool() {
    local dir=$1
    shift
    timeout 120 ceph --conf "$dir/ceph.conf" --connect-timeout 100 "$@"
}

# port_free PORT: nobody listens there (as /proc/net/tcp tells it).
port_free() {
    ! grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F:]+ 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
base_port() { sed -n 's/^mon_host = .*:\([0-9]*\)\]$/\1/p' "$1/ceph.conf"; }

# osd_up, rgw_up DIR: ready for requests. `wait_for … osd_up && ! gone …`: they also end when a daemon has died.
osd_up() {
    gone "$1" mon osd || [[ $(ceph_tool "$1" osd stat 2>/dev/null) == *"1 up"* ]]
}
rgw_up() {
    gone "$1" rgw || { ! port_free $(($(base_port "$1") + 1)) && ! port_free $(($(base_port "$1") + 2)); }
}
# gone DIR NAME...: one of them does not run.
gone() {
    local dir=$1 name
    shift
    for name in "$@"; do
        runs "$dir" "$name" || return 0
    done
    return 1
}
