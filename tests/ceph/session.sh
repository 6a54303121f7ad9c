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
