# Whoever may write can put junk where signatures lie: it hides no good one, and keeps nobody from signing.
for who in ada bo; do ssh-keygen -q -t ed25519 -N '' -C $who -f ../$who; done
policy=$sandbox/allowed_signers
for who in ada bo; do echo "$who@lab $(cut -d' ' -f1,2 ../$who.pub)"; done >"$policy"
dsctl config set --global verify.allowed-signers "$policy"
fingerprint() { ssh-keygen -lf "$sandbox/$1.pub" | cut -d' ' -f2; }
start cats
sample
commit_all First
exits 0 dsctl publish --yes
cd ..
signatures=$HOME/.local/share/dsctl/registry/data/demo/cats/signatures
junk() { # FOLDER FIRST: 300 versions of one key, older than what is put later
    mkdir -p "$1" && for i in $(seq "$2" $(($2 + 299))); do echo junk >"$1/$(printf %020d-0badcafe "$i")"; done
}
junk "$signatures/v1=" 1
# Names that begin with an allowed signer's key, but were not made with it.
key=$(cut -d' ' -f2 ../ada.pub | base64 -d | tail -c 32 | od -An -tx1 | tr -d ' \n')
for i in $(seq 300); do
    name=$key.$(printf %0128d "$i")
    path=$signatures/v1/${name:0:64}+/%2E${name:65:63}+/${name:128:64}+/${name:192}=
    mkdir -p "$path" && echo junk >"$path/00000000000000000001-0badcafe"
done
exits 1 dsctl verify demo/cats:v1
out "signed by 0 allowed signers of the 1 that are required"
for who in ada bo; do
    exits 0 dsctl publish --yes demo/cats:v1 --sign ../$who --json
    out "\"signed_by\": \"$(fingerprint $who)\""
done
junk "$signatures/v1=" 301
exits 0 dsctl verify demo/cats:v1 --signers 2
out "ada@lab $(fingerprint ada): allowed"
exits 0 dsctl verify demo/cats:v1 --locks --signers 2
out "bo@lab $(fingerprint bo): allowed"
# Readers who want two signers, and listings of who signed, find them as well.
dsctl config set --global verify.signers-required 2
dsctl config set --global verify.require true
exits 0 dsctl clone demo/cats:v1 ../clone
(cd ../clone && exits 0 dsctl show v1 && out "v1 by ada@lab" && out "bo@lab $(fingerprint bo): allowed")
exits 0 dsctl versions demo/cats:v1 --json
same "$(grep -o counted "$sandbox/out" | wc -l)" 2
# What it is named by, ssh-keygen finds in it, too.
good=$(find "$signatures/v1" -type f -path "*$key*" -size +100c -name '*-*[0-9a-f]' | head -n 1)
exits 0 ssh-keygen -Y check-novalidate -n dsctl-publish@v1 -s "$good" <"$(ls "$signatures"/../records/v1=/*-*[0-9a-f])"
