# .dsctlignore per folder has gitignore's meaning; check-ignore says which rule decides.
start cats
mkdir -p logs keep/deep .git
: >logs/a.log; : >keep/b.log; : >keep/deep/c.log; : >d.txt; : >.git/config
printf '*.log\n!keep/**/*.log\n/d.txt\n' >.dsctlignore
printf 'c.log\n' >keep/deep/.dsctlignore
exits 0 dsctl check-ignore logs/a.log d.txt keep/deep/c.log
exits 1 dsctl check-ignore keep/b.log
exits 1 dsctl check-ignore -v keep/b.log
out ".dsctlignore:2:!keep/**/*.log	keep/b.log"
golden verbose dsctl check-ignore -v logs/a.log keep/deep/c.log d.txt
exits 0 dsctl add .
golden staged dsctl status -s
printf 'd2.txt\n' >>.dsctl/info/exclude && : >d2.txt
exits 0 dsctl status -s
! grep -q d2.txt "$sandbox/out" || fail "info/exclude is not honoured"
# What is always ignored is so for whoever asks.
exits 0 dsctl check-ignore .git .git/config .dsctl
same "$(cat "$sandbox/out")" $'.git\n.git/config\n.dsctl'
exits 0 dsctl check-ignore -v .git
out "(always)"
exits 129 dsctl check-ignore ../outside
