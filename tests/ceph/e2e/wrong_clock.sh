# A clock that is wrong by more than RGW forgives: it is said, with the way out, and nothing is changed.
. "$(dirname "$test_file")/../session.sh"
# Without TLS: the cluster's certificate is younger than the clock that is behind.
exits 0 as owner dsctl registry init lab "$CEPH_HTTP_ENDPOINT/$bucket"
export DSCTL_REGISTRY=lab
start clocks
sample
commit_all First
objects() { s3 -b GET "/$bucket?versions" | grep -o '<Key>[^<]*' || true; s3 -b GET "/$bucket-ctl" | grep -o '<ETag>[^<]*'; }
before=$(objects)
for skew in "+20m ahead of" "-20m behind"; do
    for verb in push "publish --yes"; do
        # shellcheck disable=SC2086 # a verb and its option
        exits 4 as owner faketime -f "${skew%% *}" dsctl $verb
        err "error: this machine's clock is 20 min ${skew#* } ${CEPH_HTTP_ENDPOINT#http://} (403 RequestTimeTooSkewed); nothing was"
        err "hint: set the clock"
    done
done
same "$(objects)" "$before"
# What RGW forgives works, and so does the right time after all that.
exits 0 as owner faketime -f +10m dsctl push
exits 0 as owner faketime -f -10m dsctl publish --yes
exits 0 as owner dsctl verify lab/demo/clocks:v1
