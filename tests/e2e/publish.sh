# publish refuses what is empty, dirty or taken; a published version never changes its meaning.
start cats
exits 128 dsctl publish --yes
err empty
sample
commit_all First
echo dirty >>table.csv
exits 128 dsctl publish --yes
err "no commit holds"
dsctl restore table.csv
golden dry_run dsctl publish -n
exits 0 dsctl publish -n --json
until_of() { sed -n 's/.*"packs_locked_until": "\(.\{7\}\).*/\1/p' "$sandbox/out"; }
foretold=$(until_of) && [ -n "$foretold" ] || fail "it is not said until when"
out '"retention_mode": "COMPLIANCE"'
! grep 'locked_until": null' "$sandbox/out" || fail "a dry run does not say how long it would lock"
exits 3 dsctl ls --in demo/cats:v1
golden publish dsctl publish --yes -m "For the paper"
exits 0 dsctl publish --yes
golden publish_again dsctl publish --yes --json
same "$(until_of)" "$foretold"
exits 0 dsctl status
out published
exits 0 dsctl verify
exits 0 dsctl verify demo/cats:v1
exits 0 dsctl verify demo/cats:v1 --locks
out "locks   the record, 0 signatures and 2 packs are locked, until 20"
exits 0 dsctl verify demo/cats:v1 --locks --json
out '"locked_until":"20'
# Somebody else takes the name v1 of the same dataset with other bytes: conflict, nothing changes.
digest=$(dsctl resolve -q demo/cats:v1)
mkdir ../rival && cd ../rival
dsctl init -q --name demo/cats
echo other >other && commit_all Other
exits 6 dsctl publish --yes
exits 6 dsctl publish -n
same "$(dsctl resolve -q demo/cats:v1)" "$digest"
cd ../cats
exits 0 dsctl deprecate demo/cats:v1 --reason "mislabelled cats"
exits 0 dsctl versions demo/cats
out deprecated
exits 0 dsctl verify demo/cats:v1
# What stands beside the version untracked is easily forgotten; what is ignored was meant to be.
dsctl draft v2 --inherit v1 >/dev/null
mkdir -p more && echo 1 >more/a && echo 2 >more/b && echo 3 >c && echo log >x.log && echo '*.log' >.dsctlignore
dsctl add .dsctlignore >/dev/null && dsctl commit -q -m Rules
exits 0 dsctl publish -n && err "3 untracked files are not part of v2" && err "dsctl add -A ."
exits 0 dsctl publish --yes --json && err "3 untracked files" && out '"untracked": 3'
dsctl draft v3 --inherit v2 >/dev/null && commit_all More
exits 0 dsctl publish --yes && same "$(grep -c untracked "$sandbox/err")" 0
