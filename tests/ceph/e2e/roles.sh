# `registry policy` on a real RGW: what each of four roles can do, and what it cannot.
. "$(dirname "$test_file")/../session.sh"
new_user rea wri pub col
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
for name in rea wri pub col; do
    exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"
    err "do not allow it" # configured, but nothing is granted yet
done
for kind in data control; do
    as owner dsctl registry policy lab --namespace demo --bucket $kind --reader "$tag-rea" --writer "$tag-wri" \
        --publisher "$tag-pub" --collector "$tag-col" >"$sandbox/$kind.json"
done
s3 -s 20. -f "$sandbox/data.json" PUT "/$bucket?policy" >/dev/null
s3 -s 20. -f "$sandbox/control.json" PUT "/$bucket-ctl?policy" >/dev/null
refused() { s3 -u "$tag-$1" -s 403 "${@:2}" >/dev/null; }
# A writer pushes drafts, also upon another's, and cannot publish, delete, or leave the namespace.
mkdir cats && cd cats && as wri dsctl init -q >/dev/null && sample
as wri dsctl add -A . >/dev/null && as wri dsctl commit -q -m First >/dev/null
exits 0 as wri dsctl push
exits 4 as wri dsctl publish --yes
same "$(data_versions demo/cats/records/)" ""
read -r pack id < <(data_versions demo/packs/)
refused wri DELETE "/$bucket/$pack?versionId=$id"
refused wri DELETE "/$bucket/$pack"
refused wri PUT "/$bucket/demo/cats/records/v9"
refused wri PUT "/$bucket/zoo/packs/x"
refused wri PUT "/$bucket-ctl/zoo/cats/heads/v1"
refused wri PUT "/$bucket-ctl/registry.json"
refused wri PUT "/$bucket-ctl/demo/collection"
refused wri PUT "/$bucket?policy"
refused wri GET "/$bucket?versions&prefix=zoo/"
# A publisher publishes it; readers and the owner of the buckets read it, though neither wrote it.
exits 0 as pub dsctl publish --yes lab/demo/cats:v1
for name in rea wri pub col owner; do
    exits 0 as $name dsctl get lab/demo/cats:v1 -o "../got-$name"
    same_tree "../got-$name" .
done
exits 0 as rea dsctl verify lab/demo/cats:v1 --locks
# Whose keys may not try everything is told so, probe by probe, and not that the buckets are bad.
for name in rea pub; do
    exits 0 as $name dsctl registry check lab
    out "ok    data bucket '$bucket' has Object Lock"
    out "skip  conditions on writes"
    out "do not allow it (403 AccessDenied)"
    out "skip  a locked version cannot be removed"
    out "ok    datasets of namespace demo can be listed"
    out "could not be tried with these keys, which says nothing against the registry; what could be tried is in order"
    ! grep -q '^bad' "$sandbox/out" || fail "refused probes count against the buckets"
done
exits 0 as rea dsctl registry check lab --json
out '"complete": false'
exits 0 as owner dsctl registry check lab
! grep -q '^skip' "$sandbox/out" || fail "the owner's keys are not used"
new_user out
exits 0 as out dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"
exits 4 as out dsctl registry check lab
out "they may not even read it"
# A reader changes nothing.
exits 4 as rea dsctl draft lab/demo/cats:v2 --inherit lab/demo/cats:v1
refused rea PUT "/$bucket/demo/packs/x"
refused rea PUT "/$bucket-ctl/demo/cats/heads/v1"
# A collector removes what no lock keeps, and nothing else.
refused col PUT "/$bucket/demo/packs/x"
garbage=$(s3 -u "$tag-wri" -s 200 -d garbage PUT "/$bucket/demo/packs/garbage" | sed -n 's/x-amz-version-id: //p')
refused col DELETE "/$bucket/$pack?versionId=$id"
s3 -u "$tag-col" -s 204 DELETE "/$bucket/demo/packs/garbage?versionId=$garbage" >/dev/null
exits 0 as rea dsctl verify lab/demo/cats:v1 --locks
# It collects: lists of garbage and samples are its own to write, and nothing that is reached goes.
s3 -u "$tag-wri" -s 200 -d garbage PUT "/$bucket/demo/packs/$(printf '%064d' 7)" >/dev/null
exits 0 as col dsctl gc --registry lab --namespace demo --grace 0s
out "removed 1 object"
! grep -q "were left" "$sandbox/err" || fail "samples were not tidied"
same "$(data_versions demo/packs/ | grep -c "$(printf '%064d' 7)")" 0
exits 0 as rea dsctl verify lab/demo/cats:v1 --locks
