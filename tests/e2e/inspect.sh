# ls, cat and du look at the checkout, and with --in at any version in a registry.
start cats
sample
commit_all First
dsctl publish -q --yes
golden ls dsctl ls
golden ls_long dsctl ls -l
golden ls_recursive dsctl ls -lR
golden ls_json dsctl ls --json images
golden du dsctl du
golden du_json dsctl du --json
exits 0 dsctl cat images/cats/1.txt
out "cat one"
cd ..
exits 0 dsctl ls --in demo/cats:v1 images/cats
out 2.txt
exits 0 dsctl cat --in demo/cats table.csv
cmp "$sandbox/out" cats/table.csv
exits 0 dsctl du --in demo/cats:v1
exits 3 dsctl ls --in demo/cats:v1 nothing
exits 3 dsctl cat --in demo/dogs:v1 x
err "did you mean 'demo/cats'?"
exits 129 dsctl cat --in demo/cats:v1 images
exits 3 dsctl -C /tmp ls
