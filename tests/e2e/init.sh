# init names the dataset after the folder, is idempotent, and says what to do about names that cannot be.
mkdir plain && cd plain
exits 0 dsctl init
exits 0 dsctl init
out "already"
cd .. && mkdir "My Data" && cd "My Data"
exits 129 dsctl init
err "my-data"
err "hint: dsctl init --name my-data"
[ ! -e .dsctl ] || fail "a refused init left .dsctl"
exits 0 dsctl init --name lab/pets --description "Pets" --draft first
exits 0 dsctl config get dataset.name
out lab/pets
exits 129 dsctl init --name "../x" ../other
# A checkout that is there is not another one because of options.
exits 0 dsctl init --name lab/pets --description "Pets" --draft first --registry local
exits 6 dsctl init --name pets
err "is a checkout of lab/pets already"
exits 6 dsctl init --draft v9
exits 0 $(sed -n 's/^hint: //p' "$sandbox/err") # what the hint says
exits 6 dsctl init --registry nowhere
err "hint: dsctl config set dataset.registry nowhere"
exits 6 dsctl init --description Dogs
exits 129 dsctl init --name Lab/Pets ../other
err "did you mean 'lab/pets'?"
mkdir ../Cats_X && exits 129 dsctl init ../Cats_X
eval "exits 0 $(sed -n 's/^hint: //p' "$sandbox/err")"
exits 0 dsctl -C ../Cats_X config get dataset.name
out demo/cats_x
exits 3 dsctl init --name x --registry nowhere ../other
[ ! -e ../other/.dsctl ] || fail "a refused init left .dsctl"
exits 0 dsctl init --name other ../other
exits 0 dsctl -C ../other status
# A repository in use that lost its format file is not taken for what an interrupted init left.
cd ../other && echo data >file && exits 0 dsctl add file
rm .dsctl/format
exits 7 dsctl init
err "is a repository in use whose file 'format' is missing"
eval "$(sed -n 's/^hint: //p' "$sandbox/err")" >/dev/null # what the hint says
exits 0 dsctl commit -qm First
: >.dsctl/format
exits 7 dsctl status
eval "$(sed -n 's/^hint: //p' "$sandbox/err")" >/dev/null
exits 0 dsctl log
# What a killed dsctl left beside its own small files goes with the next change once it is old.
left=.dsctl/worktree/.dsctl-tmp-0123456789abcdef01234567
touch -d '2 hours ago' "$left" && exits 0 dsctl add file && [ ! -e "$left" ] || fail "$left stays"
# A document is printed whole or not at all.
exits 3 dsctl log --json nowhere
no_out
