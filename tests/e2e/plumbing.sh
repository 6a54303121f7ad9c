# The plumbing verbs show what is stored.
start cats
sample
commit_all First
exits 0 git --git-dir=.dsctl/git fsck --strict
dsctl publish -q --yes
golden refs dsctl for-each-ref
golden tree dsctl ls-tree HEAD
golden hash dsctl hash-file table.csv
same "$(dsctl hash-file table.csv | cut -c1-64)" "$(sha256sum table.csv | cut -c1-64)"
exits 0 dsctl rev-parse v1
same "$(git --git-dir=.dsctl/git rev-parse 'v1^{commit}')" "$(cat "$sandbox/out")"
exits 0 git --git-dir=.dsctl/git log --oneline v1
exits 0 dsctl cat-object "$(dsctl hash-file images/cats/1.txt | cut -c1-64)"
out "cat one"
exits 0 dsctl pack-info "$(basename "$(ls .dsctl/store/packs/* | head -n 1)" .pack)"
exits 3 dsctl rev-parse no-such
exits 3 dsctl cat-object "$(printf '0%.0s' {1..64})"
# A range, as git prints it: what it ends with, and what it leaves out.
exits 0 dsctl rev-parse HEAD~0..v1
same "$(dsctl rev-parse v1)
^$(dsctl rev-parse HEAD~0)" "$(cat "$sandbox/out")"
exits 0 dsctl rev-parse --json v1..
out '"excluded":true'
