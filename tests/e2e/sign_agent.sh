# Keys in an ssh-agent sign: for a .pub file, and for a private key file that is encrypted.
ssh-keygen -q -t ed25519 -N '' -f ../plain
ssh-keygen -q -t ed25519 -N 'secret words' -f ../locked
ssh-keygen -q -t ecdsa -N '' -f ../ecdsa
unset SSH_AUTH_SOCK
start cats
sample
commit_all First
exits 4 dsctl publish --yes --sign ../../locked
err "SSH_AUTH_SOCK is not set"
exits 129 dsctl publish --yes --sign ../../ecdsa
err "not an Ed25519 key"
eval "$(ssh-agent -s -a "$sandbox/agent" 2>/dev/null)" >/dev/null
trap 'kill $SSH_AGENT_PID 2>/dev/null; clean_up' EXIT
exits 4 dsctl publish --yes --sign ../../plain.pub
err "hint: ssh-add ../../plain"
no_out
exits 3 dsctl resolve demo/cats:v1
printf '#!/bin/sh\necho secret words\n' >../../askpass && chmod +x ../../askpass
SSH_ASKPASS=$sandbox/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q ../../locked ../../plain ../../ecdsa 2>/dev/null
mv ../../plain ../../away
dsctl config set sign.key "$sandbox/plain.pub"
exits 0 dsctl publish --yes
out "signed  by $(ssh-keygen -lf ../../plain.pub | cut -d' ' -f2)"
exits 0 dsctl publish --yes --sign ../../locked
exits 0 dsctl publish --yes --no-sign
{ printf 'a ' && cat ../../plain.pub && printf 'b ' && cat ../../locked.pub; } >../../signers
exits 0 dsctl verify demo/cats:v1 --allowed-signers ../../signers --signers 2
kill "$SSH_AGENT_PID"
exits 128 dsctl publish --yes
err "cannot reach the ssh-agent"
