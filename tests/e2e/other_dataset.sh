# A draft may inherit from another dataset: everything is there, the origin is kept, nothing is sent twice.
start cats
sample
commit_all First
dsctl publish -q --yes
cd .. && start pets
exits 0 dsctl draft v2 --inherit demo/cats:v1
same_tree . ../cats
echo dog >dog && commit_all Dog
before=$(du -sb "$HOME/.local/share/dsctl/registry" | cut -f1)
exits 0 dsctl publish --yes
after=$(du -sb "$HOME/.local/share/dsctl/registry" | cut -f1)
[ $((after - before)) -lt 60000 ] || fail "inheriting sent $((after - before)) bytes"
exits 0 dsctl resolve demo/pets:v2 --json
out "demo/cats:v1"
exits 0 dsctl draft demo/third:v1 --inherit demo/pets:v2
exits 0 dsctl publish --yes demo/third:v1
exits 0 dsctl get demo/third:v1 -o ../third
same_tree . ../third
# Across namespaces content is copied.
exits 0 dsctl draft zoo/animals:v1 --inherit demo/third:v1
exits 0 dsctl get zoo/animals:v1 -o ../animals
same_tree . ../animals
exits 0 dsctl draft demo/empty:v1 --new
exits 128 dsctl publish --yes demo/empty:v1
err empty
exits 6 dsctl drop zoo/animals:v1 # somebody got it
err "used by Ada Test"
exits 0 dsctl drop --force zoo/animals:v1
exits 3 dsctl get zoo/animals:v1 -o ../gone
exits 6 dsctl drop demo/third:v1
