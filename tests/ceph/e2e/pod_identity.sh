# A pod with a service account and nothing else: its token, which a real RGW checks with the provider's published key, opens the registry.
. "$(dirname "$test_file")/../session.sh"
trap 'kill "$provider" 2>/dev/null || true; clean_up' EXIT
python3 "$ceph/identity_provider.py" "$sandbox/provider" dsctl &
provider=$!
for _ in $(seq 200); do
    [ ! -e "$sandbox/provider/authority" ] || break
    kill -0 "$provider" || fail "the provider does not start"
    sleep 0.1
done
authority=$(cat "$sandbox/provider/authority")
role=pod-$tag
admin() { radosgw-admin --conf "$CEPH_CONF" "$@" >"$sandbox/admin" 2>&1 || fail "radosgw-admin $*: $(cat "$sandbox/admin")"; }
# RGW knows providers and roles of the whole cluster; only an administrator makes them.
admin caps add --uid=owner --caps='oidc-provider=*'
s3 -s 200 -H 'Content-Type: application/x-www-form-urlencoded' \
    -d "Action=CreateOpenIDConnectProvider&ClientIDList.member.1=dsctl&ThumbprintList.member.1=$(cat "$sandbox/provider/thumbprint")&Url=http%3A%2F%2F${authority/:/%3A}" POST / >/dev/null
admin role create --role-name="$role" --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam:::oidc-provider/'"$authority"'"]},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"'"$authority"':app_id":"dsctl"}}}]}'
admin role-policy put --role-name="$role" --policy-name=own --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::'"$bucket"'*"]}]}'
pod() { env AWS_WEB_IDENTITY_TOKEN_FILE="$sandbox/provider/token" AWS_ROLE_ARN="arn:aws:iam:::role/$role" "$@"; }

exits 0 pod dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --retention governance --pack-days 1 --record-days 1
exits 0 pod dsctl registry check lab
out "web identity of role 'arn:aws:iam:::role/$role'"
mkdir cats && cd cats
dsctl init -q --registry lab
sample
dsctl add -q -A .
dsctl commit -q -m First
exits 0 pod dsctl push
exits 0 pod dsctl publish --yes
exits 0 pod dsctl clone -q lab/demo/cats:v1 ../copy
same_tree . ../copy
# The role is what counts: without one, with another audience, or in somebody else's bucket there is nothing to be had.
exits 4 dsctl fetch
exits 4 env AWS_WEB_IDENTITY_TOKEN_FILE="$sandbox/provider/token" AWS_ROLE_ARN="arn:aws:iam:::role/no-$role" dsctl fetch
err "web identity: "
err "refused role 'arn:aws:iam:::role/no-$role'"
for name in other other-ctl; do s3 -s 200 PUT "/${name/other/other-$tag}" >/dev/null; done
exits 0 pod dsctl registry add other "$CEPH_ENDPOINT/other-$tag" --ca-bundle "$CEPH_CA"
exits 4 pod dsctl versions other/demo/cats
err "do not allow it"
kill "$provider"
head -c 20 "$sandbox/provider/token" >"$sandbox/cut"
exits 4 env AWS_WEB_IDENTITY_TOKEN_FILE="$sandbox/cut" AWS_ROLE_ARN="arn:aws:iam:::role/$role" dsctl fetch
exits 4 env AWS_WEB_IDENTITY_TOKEN_FILE="$sandbox/none" AWS_ROLE_ARN="arn:aws:iam:::role/$role" dsctl fetch
err "$sandbox/none"
