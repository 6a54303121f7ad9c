# Signatures on a real RGW: published with, verified against allowed_signers, refused, and safe from a raw client.
. "$(dirname "$test_file")/../session.sh"
new_user mallory rea
export DSCTL_REGISTRY=lab
for who in ada bo eve; do ssh-keygen -q -t ed25519 -N '' -C $who -f "$sandbox/$who"; done
policy=$sandbox/allowed_signers
for who in ada bo; do echo "$who@lab namespaces=\"dsctl-publish@v1\" $(cut -d' ' -f1,2 "$sandbox/$who.pub")"; done >"$policy"
fingerprint() { ssh-keygen -lf "$sandbox/$1.pub" | cut -d' ' -f2; }
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
policies lab --publisher "$tag-mallory" --reader "$tag-rea"
for name in mallory rea; do exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"; done
mkdir cats && cd cats && as owner dsctl init -q >/dev/null && sample
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl publish --yes --sign "$sandbox/ada"
out "$(fingerprint ada)"
exits 0 as owner dsctl draft v2 --inherit v1
exits 0 as owner dsctl publish --yes --sign "$sandbox/bo"
cd ..
verified() { exits "$1" as rea dsctl verify lab/demo/cats:v1 --allowed-signers "$policy" "${@:2}"; }
verified 0
out "ada@lab $(fingerprint ada): allowed"
verified 1 --signers 2
out "signed by 1 allowed signer of the 2 that are required"
# What lies there is what stock ssh-keygen reads.
object() { s3 -b GET "/$bucket/$1?versionId=$(data_versions "$1" | head -n "${2:-1}" | tail -n 1 | cut -d' ' -f2)"; }
signature_key() { data_versions "demo/cats/signatures/$1/" | cut -d' ' -f1; } # of the one that has a name
object demo/cats/records/v1 >record && object "$(signature_key v1)" >ada.sig
exits 0 ssh-keygen -Y verify -f "$policy" -I ada@lab -n dsctl-publish@v1 -s ada.sig <record
# Another version's signature, one made for another purpose, somebody's whom nobody knows, and no signature: none counts.
object "$(signature_key v2)" >other.sig
ssh-keygen -q -Y sign -n file -f "$sandbox/bo" <record >purpose.sig
ssh-keygen -q -Y sign -n dsctl-publish@v1 -f "$sandbox/eve" <record >eve.sig
echo garbage >garbage.sig
s3 -u "$tag-mallory" -s 200 -d "for nobody's eyes" PUT "/$bucket/demo/cats/signatures/v1" >/dev/null # the owner cannot read it
for forged in other purpose eve garbage; do
    s3 -u "$tag-mallory" -s 200 -H 'x-amz-acl: bucket-owner-full-control' -f $forged.sig PUT "/$bucket/demo/cats/signatures/v1" >/dev/null
done
verified 1 --signers 2
out "$(fingerprint bo): not counted: it did not sign this version"
out "$(fingerprint bo): not counted: the key or its signature is for another namespace"
out "$(fingerprint eve): not counted: no allowed signer has this key"
out "something that is no signature: not counted"
# A signature that nothing locks may go, and is told of where no policy says that it does not count; renew locks it.
exits 1 as owner dsctl verify lab/demo/cats:v1 --locks
out "the signature of $(fingerprint eve) is not locked"
err "a signature is left out"
exits 0 as rea dsctl verify lab/demo/cats:v1 --locks --allowed-signers "$policy"
exits 0 as owner dsctl registry renew lab
out "1 of 3 signatures"
exits 0 as owner dsctl verify lab/demo/cats:v1 --locks
# Nor can the true one be taken away: it is locked, and a deletion without a version is a marker.
read -r key id < <(data_versions demo/cats/signatures/v1/)
s3 -s 403 DELETE "/$bucket/$key?versionId=$id" >/dev/null
s3 -s 403 -H 'x-amz-bypass-governance-retention: true' DELETE "/$bucket/$key?versionId=$id" >/dev/null
s3 -s 403 -d "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)</RetainUntilDate></Retention>" \
    PUT "/$bucket/$key?retention&versionId=$id" >/dev/null
s3 -s 204 DELETE "/$bucket/$key" >/dev/null
verified 0
out "ada@lab $(fingerprint ada): allowed"
# Junk, 260 objects where texts lie and names that begin with bo's key: it hides no signature and keeps nobody from signing.
bo_key=$(cut -d' ' -f2 "$sandbox/bo.pub" | base64 -d | tail -c 32 | od -An -tx1 | tr -d ' \n')
python3 - "$ceph" "/$bucket/demo/cats/signatures/v1" "$tag-mallory" "$bo_key" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import s3
for i in range(320):
    name = "/%s.%0128x" % (sys.argv[4], i) if i >= 260 else ""
    status, _, _ = s3.request("PUT", sys.argv[2] + name, {"x-amz-acl": "bucket-owner-full-control"}, b"junk", sys.argv[3])
    assert status == 200, status
END
verified 0
# A second signer later, by another publisher; who must be signed by two reads nothing before.
as rea dsctl config set --global verify.allowed-signers "$policy"
as rea dsctl config set --global verify.signers-required 2
as rea dsctl config set --global verify.require true
exits 1 as rea dsctl get lab/demo/cats:v1 -o got
[ ! -e got/table.csv ] || fail "an unsigned version was read"
exits 0 as mallory dsctl publish --yes lab/demo/cats:v1 --sign "$sandbox/bo"
exits 0 as mallory dsctl publish --yes lab/demo/cats:v2 --sign "$sandbox/ada"
exits 0 as rea dsctl get lab/demo/cats:v1 -o got
same_tree got cats
# Who signed is listed: from the registry, and from what a clone brought. Locks of signatures are looked at and extended.
exits 0 as rea dsctl versions lab/demo/cats:v1 --json
signers() { python3 -c 'import json, sys
rows = json.load(sys.stdin)["versions"]
print(*sorted(s["principals"] + " " + s["status"] for row in rows for s in row["signers"] if s["status"] == "counted"), sep=", ")' <"$sandbox/out"; }
same "$(signers)" "ada@lab counted, bo@lab counted"
exits 0 as rea dsctl clone lab/demo/cats:v1 clone
cd clone
exits 0 as rea dsctl versions v1 --json
same "$(signers)" "ada@lab counted, bo@lab counted"
exits 0 as rea dsctl show v1
out "Signed: v1 by ada@lab $(fingerprint ada): allowed"
exits 0 as rea dsctl verify --locks
