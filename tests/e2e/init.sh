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
exits 3 dsctl init --name x --registry nowhere ../other
[ ! -e ../other/.dsctl ] || fail "a refused init left .dsctl"
exits 0 dsctl init --name other ../other
exits 0 dsctl -C ../other status
