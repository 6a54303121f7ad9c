# publish --sign and verify with stock OpenSSH on the other side, both ways; too few and foreign signers are named.
for who in ada bo eve; do ssh-keygen -q -t ed25519 -N '' -C $who -f ../$who; done
policy=$sandbox/allowed_signers
for who in ada bo; do echo "$who@lab namespaces=\"dsctl-publish@v1\" $(cut -d' ' -f1,2 ../$who.pub)"; done >"$policy"
fingerprint() { ssh-keygen -lf "$sandbox/$1.pub" | cut -d' ' -f2; }
start cats
sample
commit_all First
cp ../../eve ../../open-key && chmod 644 ../../open-key
exits 4 dsctl publish --yes --sign ../../open-key
err "others can read"
exits 129 dsctl verify --allowed-signers "$policy"
exits 0 dsctl publish --yes --sign ../../ada --json
cd ..
out "\"signed_by\": \"$(fingerprint ada)\""
# What we signed, ssh-keygen accepts: the record's bytes as they lie in the registry.
data=$HOME/.local/share/dsctl/registry/data/demo/cats
record=$(ls "$data"/records/v1=/*-*[0-9a-f]) signature=$(find "$data/signatures/v1" -type f -name '*-*[0-9a-f]')
exits 0 ssh-keygen -Y check-novalidate -n dsctl-publish@v1 -s "$signature" <"$record"
exits 0 ssh-keygen -Y verify -f "$policy" -I ada@lab -n dsctl-publish@v1 -s "$signature" <"$record"
# Without a policy signatures are shown, with one they are asked for.
exits 0 dsctl verify demo/cats:v1
out "$(fingerprint ada): it signed this"
exits 0 dsctl verify demo/cats:v1 --allowed-signers "$policy"
out "signer  ada@lab $(fingerprint ada): allowed"
exits 1 dsctl verify demo/cats:v1 --allowed-signers "$policy" --signers 2
out "signed by 1 allowed signer of the 2 that are required"
# What ssh-keygen signed, we accept, wherever it came from; a second signer may come later.
(cd cats && exits 0 dsctl publish --yes --sign ../../eve)
exits 1 dsctl verify demo/cats:v1 --allowed-signers "$policy" --signers 2
out "$(fingerprint eve): not counted: no allowed signer has this key"
ssh-keygen -q -Y sign -n dsctl-publish@v1 -O hashalg=sha256 -f ../bo <"$record" >../bo.sig
by_hand() { mkdir -p "$data/signatures/$2=" && cp "$1" "$data/signatures/$2=/00000000000000000099-0badcafe"; }
by_hand ../bo.sig v1
dsctl config set --global verify.allowed-signers "$policy"
dsctl config set --global verify.local/demo/cats.signers-required 2
exits 0 dsctl verify demo/cats:v1 --json
out '"signers": 2'
(cd cats && exits 0 dsctl verify && out "bo@lab $(fingerprint bo): allowed")
# verify.require: what is not signed enough is not even read.
dsctl config set --global verify.require true
exits 0 dsctl get demo/cats:v1 -o ../copy
# One version that lacks signers does not keep anybody from the others: it is left out, and refused where it is asked for.
(cd cats && exits 0 dsctl draft v2 --inherit v1 && echo more >more.txt && commit_all More && exits 0 dsctl publish --yes --sign ../../ada)
exits 0 dsctl clone demo/cats:v1 ../with-v1
err "left out, since verify.require is set and they are not signed by enough allowed signers: v2"
same "$(cd ../with-v1 && dsctl ls | grep -c more)" 0
(cd ../with-v1 && exits 3 dsctl switch v2)
exits 1 dsctl clone demo/cats:v2 ../with-v2 && [ ! -e ../with-v2 ]
ssh-keygen -q -Y sign -n dsctl-publish@v1 -O hashalg=sha256 -f ../bo <"$(ls "$data"/records/v2=/*-*[0-9a-f])" >../bo2.sig
by_hand ../bo2.sig v2
(cd ../with-v1 && exits 0 dsctl fetch && exits 0 dsctl switch v2) # signed since
dsctl config set --global verify.local/demo/cats.signers-required 3
exits 1 dsctl get demo/cats:v1 -o ../copy2
err "signed by 2 allowed signers of the 3 that are required"
exits 1 dsctl clone demo/cats:v1 ../clone && [ ! -e ../clone ]
echo "lab cert-authority $(cat ../ada.pub)" >"$policy"
exits 129 dsctl verify demo/cats:v1
err "line 1: cert-authority is not supported"
