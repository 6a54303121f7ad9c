# What cannot serve is refused with the way out, before anything is half done.
. "$(dirname "$test_file")/../session.sh"
lab() { as owner dsctl registry init lab "$@" --ca-bundle "$CEPH_CA"; }
s3 -s 200 PUT "/$bucket" >/dev/null # without Object Lock
exits 128 lab "$url"
err "has no Object Lock"
err "--retention none"
s3 -s 404 GET "/$bucket-ctl?versioning" >/dev/null # nothing was made
exits 0 lab "$url" --retention none
# Drafts work there; publish says what is missing and changes nothing.
export DSCTL_REGISTRY=lab
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl push
before=$(data_versions "")
exits 128 as owner dsctl publish --yes
err "does not lock"
err "registry init"
same "$(data_versions "")" "$before"
exits 0 as owner dsctl resolve lab/demo/cats:v1
out draft
exits 0 as owner dsctl registry check lab
out "has no Object Lock"
# A control bucket that is versioned does not heed conditions.
s3 -s 200 PUT "/$bucket-v" >/dev/null
s3 -s 200 -d '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' PUT "/$bucket-v?versioning" >/dev/null
exits 128 as owner dsctl registry init two "$url-2" --control-bucket "$bucket-v" --ca-bundle "$CEPH_CA"
err "it cannot be the control bucket"
s3 -b GET "/$bucket-v?versions" >"$sandbox/listed"
! grep -q '<Version>' "$sandbox/listed" || fail "something was put into it"
exits 0 as owner dsctl registry add one "$url" --control-bucket "$bucket-v" --ca-bundle "$CEPH_CA"
exits 1 as owner dsctl registry check one
out "bad   control bucket '$bucket-v' is not versioned"
# No bucket, no keys, no trust.
exits 0 as owner dsctl registry add none "$url-none" --ca-bundle "$CEPH_CA"
err "there is no bucket"
exits 3 as owner dsctl registry show none
exits 4 dsctl registry show lab
err "no credentials"
as owner dsctl config set registry.lab.ca-bundle /etc/ssl/certs/ca-certificates.crt
code=0; as owner dsctl registry show lab 2>"$sandbox/err" || code=$?
[ "$code" -ne 0 ] || fail "a certificate of nobody's authority was taken"
err "certificate"
exits 129 dsctl registry add far "http://rgw.example.org/data"
