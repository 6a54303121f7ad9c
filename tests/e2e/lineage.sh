# lineage: from which versions a version was made, across datasets, and who used it; uses are recorded here and in the registry.
trap 'umount -l "$HOME"/datasets/cats "$sandbox"/work/m 2>/dev/null || true; clean_up' EXIT
start cats
echo one >a
commit_all First
dsctl publish -q --yes
dsctl draft v2 --inherit v1 >/dev/null
echo two >b
commit_all Second
exits 0 dsctl lineage
out "made from local/demo/cats:v1"
dsctl publish -q --yes
cd ..
v1=$(dsctl resolve -q demo/cats:v1 | cut -d@ -f2)
v2=$(dsctl resolve -q demo/cats:v2 | cut -d@ -f2)
dsctl draft demo/dogs:v1 --inherit demo/cats:v2 >/dev/null
dsctl publish -q --yes demo/dogs:v1
exits 0 dsctl lineage demo/dogs:v1
out "inherits from local/demo/cats:v2"
out "made from local/demo/cats:v1"
out "$v2"
out "no use is recorded"
# Every way of using it leaves a record, with the run of the experiment.
DSCTL_RUN_ID=exp-7 exits 0 dsctl get demo/cats:v2 -o got
MLFLOW_RUN_ID=0123456789abcdef0123456789abcdef MLFLOW_EXPERIMENT_NAME=whiskers exits 0 dsctl get demo/cats:v2 a -o -
NB_PREFIX=/notebook/ada/one exits 0 dsctl clone demo/cats:v2 cloned
JPY_SESSION_NAME=$'evil\e[31m' exits 0 dsctl mount demo/cats:v2
exits 0 dsctl get demo/cats:v1 -o older
uses=$HOME/.local/share/dsctl/registry/control
for _ in $(seq 50); do # the mount's record comes when it comes
    [ "$(find "$uses" -path "*uses*" -type f | wc -l)" -ge 5 ] && break
    sleep 0.1
done
exits 0 dsctl lineage --json demo/cats:v2
python3 - "$sandbox/out" "$v1" "$v2" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["version"]["digest"] == sys.argv[3] and d["version"]["uri"].endswith("#demo/cats:v2@" + sys.argv[3]), d["version"]
assert [(s["relation"], s["ref"], s["digest"]) for s in d["from"]] == [("parent", "local/demo/cats:v1", sys.argv[2])], d["from"]
uses = {(u["action"], *(u["run"] or {}).values()) for u in d["uses"]}
assert uses == {("get", "dsctl", "exp-7", None), ("get", "mlflow", "0123456789abcdef0123456789abcdef", "whiskers"),
                ("clone", "kubeflow", "/notebook/ada/one", None), ("mount", "jupyter", "evil?[31m", None)}, uses
assert d["recorded"] == 4 and d["damaged"] == 0, d
assert all(u["user"] == "Ada Test" and u["time"] == "2026-01-02T03:04:05Z" for u in d["uses"])
PY
exits 0 dsctl lineage --format openlineage demo/cats:v2
cp "$sandbox/out" events
same "$(python3 "$here/../check/openlineage.py" events)" "5 events"
grep -q '"01234567-89ab-cdef-0123-456789abcdef"' events || fail "MLflow's run is not in the events"
exits 0 dsctl unmount "$HOME/datasets/cats"
# What others wrote into the registry is hostile until it parsed.
record=$(find "$uses/demo/cats/uses/${v2#sha256:}+" -name object | head -n 1)
forge() { # RANDOM TEXT
    local folder
    folder=$(dirname "$(dirname "$record")")/20260102-030405-$1.json=
    mkdir "$folder"
    printf '%s' "$2" >"$folder/object"
}
chmod -R u+w "$uses"
forge 00000000000000aa "no json"
forge 00000000000000ab "$(sed 's/demo\/cats/demo\/dogs/' "$record")"
forge 00000000000000ac "$(sed 's/"user":"Ada Test"/"user":"\\u001b]52;c;x\\u0007"/' "$record")"
exits 0 dsctl lineage demo/cats:v2
err "3 records of uses in the registry cannot be read"
# A catalog that lies about ancestors is not believed.
mkdir lone && echo x >lone/x && cd lone && dsctl init -q --name demo/cats --draft unrelated >/dev/null && commit_all Alone && dsctl publish -q --yes >/dev/null && cd ..
catalog=$uses/demo/cats/catalog=/object
python3 - "$catalog" <<'PY'
import json, sys
catalog = json.load(open(sys.argv[1]))
for row in catalog["versions"]:
    row["from"] = "unrelated"
json.dump(catalog, open(sys.argv[1], "w"))
PY
exits 0 dsctl lineage demo/cats:v2
out "made from local/demo/cats:v1"
if grep -q unrelated "$sandbox/out"; then fail "the catalog was believed"; fi
# Asked not to, nothing is recorded.
count() { find "$uses" -path "*uses*" -type f | wc -l; }
before=$(count)
dsctl config set core.record-use local >/dev/null
DSCTL_RUN_ID=quiet exits 0 dsctl get demo/cats:v1 a -o -
same "$(count)" "$before"
exits 0 dsctl lineage demo/cats:v1
out quiet
dsctl config set core.record-use false >/dev/null
DSCTL_RUN_ID=silent exits 0 dsctl get demo/cats:v1 a -o -
exits 0 dsctl lineage demo/cats:v1
if grep -q silent "$sandbox/out"; then fail "recorded all the same"; fi
dsctl config set core.record-use true >/dev/null
# A registry that may not be written to is no trouble, and a torn log neither.
printf 'torn' >>"$HOME/.local/share/dsctl/uses/log"
chmod -R a-w "$uses"
chattr -R +i "$uses" 2>/dev/null || true # for root
before=$(count)
DSCTL_RUN_ID=reader exits 0 dsctl get demo/cats:v1 a -o -
[ ! -s "$sandbox/err" ] || fail "it said: $(cat "$sandbox/err")"
same "$(count)" "$before"
chattr -R -i "$uses" 2>/dev/null || true
chmod -R u+w "$uses"
exits 0 dsctl lineage demo/cats:v1
out reader
# Many at once lose nothing.
for i in $(seq 20); do DSCTL_RUN_ID=many-$i dsctl get demo/cats:v1 a -o - >/dev/null & done
wait
exits 0 dsctl lineage -n 100 demo/cats:v1
same "$(grep -c 'many-' "$sandbox/out")" 20
# Across registries, also when the other one is not known here (any more).
dsctl registry init lab "$PWD/lab" >/dev/null
dsctl registry init hub "$PWD/hub" >/dev/null
exits 0 dsctl draft lab/zoo/cats:v1 --inherit local/demo/cats:v2
exits 0 dsctl publish --yes lab/zoo/cats:v1
exits 0 dsctl draft hub/zoo/cats:v1 --inherit lab/zoo/cats:v1
exits 0 dsctl lineage hub/zoo/cats:v1
same "$(grep -c 'inherits from\|made from' "$sandbox/out")" 3
out "inherits from lab/zoo/cats:v1"
out "inherits from local/demo/cats:v2"
dsctl registry remove lab >/dev/null
exits 0 dsctl lineage hub/zoo/cats:v1
out "there is no registry 'lab'"
