# A citation names version, digest and authors, in three forms.
start cats
echo x >a
printf -- '---\npretty_name: Cats & more_\ndescription: Cats\nlicense: mit\nauthors: ["Ada B. Example <ada@example.org>", "Institut"]\ncitation: |\n  @article{cats, title={On cats}}\n---\n' >README.md
commit_all First
dsctl publish -q --yes
cd ..
digest=$(dsctl resolve -q demo/cats:v1 | cut -d@ -f2)
exits 0 dsctl cite demo/cats:v1
out "@misc{demo_cats_v1,"
out "author  = {Example, Ada B. and {Institut}}"
out 'Cats \& more\_'
out "$digest"
out "@article{cats"
exits 0 dsctl cite --format text demo/cats:v1
out "Example, A. B., & Institut. (2026). Cats & more_ (Version v1) [Data set]. $digest."
exits 0 dsctl cite --format cff demo/cats:v1
out "cff-version: 1.2.0"
out "family-names: Example"
out "license: MIT"
out "value: $digest"
exits 0 dsctl draft demo/cats:v2 --inherit demo/cats:v1
exits 0 dsctl cite demo/cats:v2
err "is a draft"
exits 0 dsctl draft demo/empty:v1 --new
exits 0 dsctl cite demo/empty:v1
out "note    = {draft without commits}"
exits 0 dsctl lineage demo/empty:v1
out "draft without commits"
