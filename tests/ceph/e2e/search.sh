# Looking for datasets with keys that may list one namespace of two: what they show is found, and what they do not is said.
. "$(dirname "$test_file")/../session.sh"
new_user rea nobody
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
for name in demo/cats demo/caterpillars zoo/cats; do exits 0 as owner dsctl draft lab/$name:v1 --new; done
policies lab --namespace zoo --reader "$tag-rea"
for name in rea nobody; do exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"; done
search() { exits "$1" as "$2" dsctl registry search --registry lab "${@:3}"; }
search 0 owner -q cat
same "$(sort "$sandbox/out")" "$(printf 'lab/%s\n' demo/caterpillars demo/cats zoo/cats)"
[ ! -s "$sandbox/err" ] || fail "the owner is warned"
search 0 owner -q cat --namespace demo
same "$(sort "$sandbox/out")" "$(printf 'lab/%s\n' demo/caterpillars demo/cats)"
# The namespace of references is tried (demo here, which is not shown), or the one that the word names, or those that are named.
for words in "zoo/c" "cat --namespace zoo"; do
    # shellcheck disable=SC2086 # words
    search 0 rea -q $words
    same "$(cat "$sandbox/out")" lab/zoo/cats
done
exits 0 as rea env DSCTL_NAMESPACE=zoo dsctl registry search --registry lab cat
out lab/zoo/cats
err "does not show all of its namespaces to you; searched: zoo"
exits 0 as rea env DSCTL_NAMESPACE=zoo dsctl registry search --registry lab cat --json
python3 -c 'import json, sys
found = json.load(sys.stdin)
assert [d["dataset"] for d in found["datasets"]] == ["zoo/cats"], found
assert found["searched_partly"] == [{"registry": "lab", "namespaces": ["zoo"]}], found' <"$sandbox/out"
search 4 rea cat
err "does not show its namespaces to you"
err "--namespace NS"
search 4 rea cat --namespace demo
search 4 nobody cat
exits 0 as rea env DSCTL_NAMESPACE=zoo dsctl registry show lab
out "holds      1 dataset in zoo; the rest is not shown to you"
# Without the right to list the registry, upkeep of a namespace works and that of all says what to name.
exits 4 as rea dsctl registry renew lab
err "--namespace NS"
exits 0 as rea dsctl registry renew lab --namespace zoo -n
exits 4 as rea dsctl registry renew lab --namespace zo
