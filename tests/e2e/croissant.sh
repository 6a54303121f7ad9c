# Croissant documents keep Croissant's own rules, with the SHA-256 of each file, or sets of files where there are many.
validate() { python3 "$here/../check/croissant.py" "$@" >"$sandbox/verdict" || { cat "$sandbox/verdict" >&2; fail "no Croissant: $*"; }; }
start cats
sample
printf 'x' >'odd name [1]*?.csv'
printf 'x' >$'new\nline'
printf -- '---\ndescription: Cats\nlicense: cc-by-4.0\ntags: [a]\nauthors: [Ada Example]\nfeatures: [text]\n---\n' >README.md
commit_all First
exits 0 dsctl card export --to croissant # of a draft
cp "$sandbox/out" draft.json && validate draft.json && rm draft.json
dsctl publish -q --yes
cd ..
exits 0 dsctl card export --to croissant demo/cats:v1
cp "$sandbox/out" cats.json
validate cats.json cats
grep -q "$(dsctl resolve -q demo/cats:v1 | cut -d: -f4)" cats.json || fail "the digest is not in it"
# The validator sees what is wrong.
for spoil in 's/"sha256": "[0-9a-f]{8}/"sha256": "00000000/' '0,/"@id": "version"/s//"@id": "elsewhere"/' '/"license"/d' 's/"encodingFormat"/"x"/' 's#croissant/1.1"#croissant/1.0"#'; do
    sed -E "$spoil" cats.json >bad.json
    if python3 "$here/../check/croissant.py" bad.json cats >/dev/null; then fail "$spoil was not seen"; fi
done
# Many files are sets; what there is few of is still listed.
mkdir many && cd many
dsctl init -q --name many >/dev/null
mkdir -p train/a train/b 'test [x]' none
for i in $(seq 700); do echo "$i" >"train/a/$i.txt"; echo "$i" >"train/b/$i.jpg"; echo "$i" >"test [x]/$i.txt"; echo "$i" >"none/$i"; done
echo 701 >none/701
echo x >README && echo y >none/few.csv && ln -s README link
commit_all First
dsctl publish -q --yes
cd ..
exits 0 dsctl card export --to croissant demo/many
cp "$sandbox/out" many.json
validate many.json many
same "$(grep -c '"cr:FileSet"' many.json)" 3
same "$(grep -c '"cr:FileObject"' many.json)" 704 # the version, three few ones, and the group that still went into 1,000
err "no card"
