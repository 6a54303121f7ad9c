# export --llmos: LLMOS's layout below a folder, its documents beside it, and the way back to the same digest.
mkdir src && cd src && sample && printf -- '---\ndescription: Cats\nlicense: mit\n---\n' >README.md && cd ..
exits 0 dsctl import src demo/cats:v1
exits 0 dsctl publish demo/cats:v1 --yes
exits 0 dsctl export demo/cats:v1 bucket --llmos
out "written to bucket/datasets/demo/cats/v1"
err "dsctl card export --to llmos"
same_tree src bucket/datasets/demo/cats/v1
same "$(ls -A bucket)" datasets
# The newest version when none is said; the documents on stdout and nothing else there, or in a file, or with --json.
exits 0 dsctl export demo/cats bucket --llmos --documents -
err "bucket/datasets/demo/cats/v1"
exits 0 dsctl card export --to llmos demo/cats:v1
cp "$sandbox/out" wanted
dsctl export demo/cats bucket/ --llmos --documents - 2>/dev/null | cmp - wanted
exits 0 dsctl export demo/cats:v1 bucket --llmos --documents cats.json
out "has all of it already"
cmp cats.json wanted
exits 0 dsctl export demo/cats:v1 bucket --llmos --json
python3 - "$sandbox/out" wanted <<'PY'
import json, sys
got, wanted = (json.load(open(path)) for path in sys.argv[1:])
sys.exit(not (got["documents"] == wanted and got["destination"] == "bucket/datasets/demo/cats/v1"))
PY
# Nothing that could be taken for a file of the version; no archives; a card that is none is said before anything is written.
exits 129 dsctl export demo/cats:v1 bucket --llmos --documents bucket/datasets/demo/cats/v1/cats.json
err "among the files"
exits 129 dsctl export demo/cats:v1 bucket --llmos --documents ./bucket/../bucket/x
exits 129 dsctl export demo/cats:v1 bucket --documents cats.json
exits 129 dsctl export demo/cats:v1 bucket --llmos --documents - --json
exits 129 dsctl export demo/cats:v1 a.tar --llmos
printf -- '---\nlicense: [mit\n---\n' >README.md
exits 0 dsctl draft demo/cats:v2 --inherit demo/cats:v1
exits 0 dsctl put demo/cats:v2 README.md
exits 128 dsctl export demo/cats:v2 bucket --llmos
err "dsctl card lint"
[ ! -e bucket/datasets/demo/cats/v2 ] || fail "something was written"
# Another version beside it, with --delete: the first one stays.
exits 0 dsctl rm --in demo/cats:v2 README.md
exits 0 dsctl export demo/cats:v2 bucket --llmos --delete
same_tree src bucket/datasets/demo/cats/v1
[ ! -e bucket/datasets/demo/cats/v2/README.md ] && [ -f bucket/datasets/demo/cats/v2/run.sh ] || fail "v2 is not there"
# There and back again.
exits 0 dsctl import bucket/datasets/demo/cats/v1 demo/back:v1
exits 0 dsctl publish demo/back:v1 --yes
same "$(dsctl resolve -q demo/back:v1 | cut -d@ -f2)" "$(dsctl resolve -q demo/cats:v1 | cut -d@ -f2)"
