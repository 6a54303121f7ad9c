#!/bin/bash
# up and down themselves: a second cluster beside the one of the tests, in a folder with a blank in its name, TLS by its own
# authority only, faults of one daemon, a pid that belongs to somebody else by now stays alone, and nothing is left behind.
set -euo pipefail
ceph=$(cd "$(dirname "$0")" && pwd)
. "$ceph/lib.sh"
other=$1/env # of the cluster of the fixture
dir=$(mktemp -d /var/tmp/dsctl-ceph-test.XXXXXX)
clean_up() {
    local cluster
    for cluster in "$dir/a c" "$dir/none"; do
        ! is_cluster "$cluster" || "$ceph/down" "$cluster" || true
    done
    kill "${sleeper:-}" 2>/dev/null || true
    rm -rf "$dir"
}
trap clean_up EXIT
fail() { echo "clusters.sh: $*" >&2; exit 1; }

"$ceph/up" "$dir/a c" >/dev/null
! "$ceph/up" "$dir/a c" 2>/dev/null || fail "a second cluster in the same folder"
foreign_ca=$(. "$other" && echo "$CEPH_CA")
. "$dir/a c/env"
curl -sS --cacert "$CEPH_CA" -o "$dir/reply" "$CEPH_ENDPOINT/" || fail "no https"
grep -q ListAllMyBuckets "$dir/reply" || fail "no S3"
! curl -sS --cacert "$foreign_ca" -o /dev/null "$CEPH_ENDPOINT/" 2>/dev/null || fail "the authority of another cluster is accepted"
"$ceph/user" "$dir/a c" bob >/dev/null
! "$ceph/user" "$dir/a c" bob 2>/dev/null || fail "bob twice"
grep -q '^\[bob\]$' "$AWS_SHARED_CREDENTIALS_FILE" || fail "no profile for bob"

"$ceph/daemon" "$dir/a c" kill rgw
! curl -sS -o /dev/null "$CEPH_HTTP_ENDPOINT/" 2>/dev/null || fail "a killed radosgw answers"
"$ceph/daemon" "$dir/a c" start rgw
curl -sS -o /dev/null "$CEPH_HTTP_ENDPOINT/" || fail "a radosgw started again does not answer"

# Without a package of Ceph's, or with a daemon that ends at once: it fails and says why, it leaves no process, and it does not
# claim to be there. (So the fixture fails, and ctest counts what needs it as failed: nothing is skipped.)
cp -rs /usr/bin "$dir/tools" && rm "$dir/tools/ceph-mon"
! PATH=$dir/tools "$ceph/up" "$dir/none" >"$dir/out" 2>"$dir/err" || fail "up without ceph-mon"
grep -q "ceph-mon is missing; tests/install-packages" "$dir/err" || fail "it is not said what is missing: $(cat "$dir/err")"
[ ! -s "$dir/out" ] && [ ! -e "$dir/none/env" ] || fail "a cluster is claimed that is none"
ln -s /usr/bin/ceph-mon "$dir/tools/ceph-mon" && rm "$dir/tools/ceph-osd"
printf '#!/bin/sh\necho no disk today >&2\nexit 1\n' >"$dir/tools/ceph-osd" && chmod +x "$dir/tools/ceph-osd"
! PATH=$dir/tools "$ceph/up" "$dir/none" >"$dir/out" 2>"$dir/err" || fail "up with an OSD that ends"
grep -q "the cluster did not come up" "$dir/err" && grep -q "no disk today" "$dir/err" || fail "it is not said why: $(cat "$dir/err")"
[ ! -s "$dir/out" ] && [ ! -e "$dir/none/env" ] || fail "a cluster is claimed that is none"
! pgrep -f -- "--conf $dir/none/ceph.conf " >/dev/null || fail "a cluster that did not come up leaves processes"
"$ceph/down" "$dir/none"

pids=$(cat "$dir/a c/pids/"*)
sleep 600 &
sleeper=$!
mv "$dir/a c/pids/rgw" "$dir/rgw"
echo "$sleeper" >"$dir/a c/pids/rgw"
cp -r "$dir/a c/pids" "$dir/pids-before"
mv "$dir/rgw" "$dir/a c/pids/osd2" && "$ceph/daemon" "$dir/a c" kill osd
kill -KILL "$(cat "$dir/a c/pids/osd2")"
"$ceph/down" "$dir/a c"
kill -0 "$sleeper" || fail "down killed a process that is none of its own"
[ ! -e "$dir/a c" ] || fail "the folder is left"
for pid in $pids; do
    [ ! -e "/proc/$pid" ] || [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != *"$dir/a c"* ]] || fail "process $pid is left"
done
! "$ceph/down" "$dir" 2>/dev/null || fail "down removes any folder"
