# README.md with front matter is the card: shown, checked line by line, and exported for others.
start cats
mkdir train && echo one >train/1.txt && printf 'x' >train/2.txt && echo a,b >table.csv
exits 3 dsctl card show
err "dsctl card edit"
exits 129 dsctl card edit # nobody can type here
err "write README.md"
cat >README.md <<'CARD'
---
pretty_name: Cats
description: Cats, in words.
license: odbl
language: [en, de]
tags: [cats, "1.0"]
features:
  - name: text
    dtype: string
    description: what is said
  - label
splitTypes: [train]
numSamples: 2
authors:
  - Ada Example <ada@example.org>
  - {name: Bo, orcid: https://orcid.org/0000-0002-1825-0097}
homepage: https://example.org/cats
contact: ada@example.org
---
# Cats

Two of them.
CARD
exits 0 dsctl card lint
exits 0 dsctl card show
out "Cats, in words."
out "text (string), label"
exits 0 dsctl card show --json
python3 - "$sandbox/out" <<'PY'
import json, sys
card = json.load(open(sys.argv[1]))["card"]
assert card["tags"] == ["cats", "1.0"] and card["num_samples"] == 2 and card["licenses"] == ["odbl"], card
assert card["authors"][1]["orcid"].endswith("0097") and card["features"][0]["type"] == "string", card
PY
commit_all First
dsctl publish -q --yes
cd ..
exits 0 dsctl card show demo/cats:v1
out "Two of them."
exits 0 dsctl card export --to hf demo/cats:v1
cp "$sandbox/out" hf.md
python3 - hf.md <<'PY'
text = open("hf.md").read()
front = text.split("---\n")[1]
for line in ("license: odbl\n", "size_categories:\n- n<1K\n", "dataset_info:\n", "  - name: text\n    dtype: string\n"):
    assert line in front, (line, front)
assert "splitTypes" not in front and "numSamples" not in front and text.endswith("# Cats\n\nTwo of them.\n"), text
PY
exits 0 dsctl card export --to llmos demo/cats:v1
python3 - "$sandbox/out" <<'PY'
import json, sys
dataset, version = json.load(open(sys.argv[1]))["items"]
assert (dataset["apiVersion"], dataset["kind"]) == ("ml.llmos.ai/v1", "Dataset") and version["kind"] == "DatasetVersion"
meta = dataset["spec"]["datasetCard"]["metadata"]
assert meta["features"] == ["text", "label"] and meta["numSamples"] == 2 and meta["language"] == "en, de", meta
assert version["spec"] == {"dataset": "cats", "version": "v1", "publish": True}, version["spec"]
assert version["metadata"]["annotations"]["dsctl/digest"].startswith("sha256:")
PY
exits 0 dsctl card export --to openlineage demo/cats:v1
cp "$sandbox/out" event && python3 "$here/../check/openlineage.py" event || fail "no OpenLineage event"
# An inherited version says from where.
exits 0 dsctl draft demo/dogs:v1 --inherit demo/cats:v1
exits 0 dsctl card export --to llmos demo/dogs:v1
out '"copyFrom"'
# What is wrong is named with its line.
cd cats
printf -- '---\nlicence: mit\nnumSamples: many\nlicense: gpl3\nlanguage: English\nhomepage: example.org\n---\n' >README.md
exits 1 dsctl card lint
for problem in "README.md:2: 'licence' is no key of a card (did you mean 'license'?)" "README.md:3: 'numSamples' must be a whole number" \
    "README.md:4: 'gpl3' is no licence" "README.md:5: 'English' is no language code" "README.md:6: 'homepage' is no URL" "README.md: there is no description"; do
    out "$problem"
done
printf -- '---\ntags: [a\n---\n' >README.md
exits 1 dsctl card lint
out "README.md:"
exits 128 dsctl card export --to croissant
err "dsctl card lint"
# Hostile front matter ends at its bounds, at once.
python3 - <<'PY'
lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"] + [f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 12)]
open("README.md", "w").write("---\n" + "\n".join(lines) + "\n---\n")
PY
exits 1 timeout 10 dsctl card lint
out "there is more than 20000 values"
# An editor on a terminal gets the file itself, from a template.
rm README.md
exits 0 env -u DSCTL_NO_INPUT EDITOR="sed -i 's/^license: unknown/license: mit/; s/^description:.*/description: Edited/'" \
    script -qec "dsctl card edit" /dev/null
grep -qx "license: mit" README.md && grep -qx "description: Edited" README.md || fail "not edited: $(cat README.md)"
exits 0 dsctl card lint
