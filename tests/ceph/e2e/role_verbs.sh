# The four roles with dsctl's own verbs, for keys that are granted one namespace: what each does, and what it is told it cannot.
trap 'umount -l "$sandbox/work/m" 2>/dev/null || true; clean_up' EXIT
. "$(dirname "$test_file")/../session.sh"
new_user rea wri pub col
export DSCTL_REGISTRY=lab
ssh-keygen -q -t ed25519 -N '' -C ada -f "$sandbox/ada"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 5 --pack-days 5
policies lab --namespace demo --reader "$tag-rea" --writer "$tag-wri" --publisher "$tag-pub" --collector "$tag-col"
for name in rea wri pub col; do exits 0 as $name dsctl registry add lab "$url" --ca-bundle "$CEPH_CA"; done
denied() { exits 4 as "$@" && err "do not allow it"; }
begin() { # USER NAMESPACE/NAME: a dataset with a commit in a folder of that name, and the shell in it
    mkdir "${2#*/}" && cd "${2#*/}" && as "$1" dsctl init -q --name "$2" >/dev/null && sample
    as "$1" dsctl add -A . >/dev/null && as "$1" dsctl commit -q -m First >/dev/null
}
# Also where names are words of the layout: a writer publishes nothing in a dataset that is called "packs" either.
for name in cats packs notes; do
    begin wri demo/$name
    exits 0 as wri dsctl push
    denied wri dsctl publish --yes
    same "$(data_versions "demo/$name/records/")" ""
    exits 0 as pub dsctl publish --yes lab/demo/$name:v1 --sign "$sandbox/ada"
    cd ..
done
# A writer: drafts, made in the registry and here, changed and dropped.
exits 0 as wri dsctl draft lab/demo/cats:v2 --inherit lab/demo/cats:v1
exits 0 as wri dsctl clone lab/demo/cats:v2 second && cd second
echo two >two && as wri dsctl add -A . >/dev/null && as wri dsctl commit -q -m Second >/dev/null
exits 0 as wri dsctl push
exits 0 as wri dsctl draft v3 --inherit v2 && exits 0 as wri dsctl rm two && as wri dsctl commit -q -m Less >/dev/null
exits 0 as wri dsctl push && exits 0 as wri dsctl switch v2 && exits 0 as wri dsctl drop -y lab/demo/cats:v3 # leaves garbage
denied wri dsctl deprecate lab/demo/cats:v1 --reason old
later=$(date -u -d '+4 days' +%Y-%m-%dT%H:%M:%SZ) # when little is left of the locks
denied wri env DSCTL_NOW="$later" dsctl registry renew lab --namespace demo
denied wri dsctl gc --registry lab --namespace demo --grace 0s
denied wri dsctl draft lab/zoo/cats:v1 --inherit lab/demo/cats:v1
cd .. && begin wri zoo/lions && denied wri dsctl push && cd ..
# A publisher: signs, also later, deprecates, keeps locks long; pins a record that is too long for a head.
exits 0 as pub dsctl publish --yes lab/demo/cats:v2 -m "$(head -c 20000 /dev/zero | tr '\0' x)"
exits 0 as pub dsctl publish --yes lab/demo/cats:v2 --sign "$sandbox/ada"
exits 0 as pub dsctl deprecate lab/demo/cats:v1 --reason "one is better"
exits 0 as pub env DSCTL_NOW="$later" dsctl registry renew lab --namespace demo
out "4 of 4 signatures"
denied pub dsctl gc --registry lab --namespace demo --grace 0s
# A reader: everything that only reads, and a mount; nothing else.
exits 0 as rea dsctl clone lab/demo/cats:v2 clone
same_tree clone second
(cd clone && exits 0 as rea dsctl fetch && exits 0 as rea dsctl log --oneline && exits 0 as rea dsctl verify --locks)
exits 0 as rea dsctl mount lab/demo/cats:v2 m
cmp second/table.csv m/table.csv
exits 0 as rea dsctl unmount m
for words in "versions lab/demo/cats" "resolve lab/demo/cats" "ls --in lab/demo/cats:v2" "get lab/demo/cats:v2 two -o got" "verify lab/demo/cats:v1"; do
    # shellcheck disable=SC2086 # words
    exits 0 as rea dsctl $words
done
exits 3 as rea dsctl resolve lab/demo/cat
err "did you mean 'demo/cats'?"
# Notes of use are a right of their own, which reaches no further than that.
note() { s3 -u "$tag-rea" -s "$1" -d '{}' PUT "/$bucket-ctl/demo/cats/$2" >/dev/null; }
note 403 uses/x/y.json
exits 0 as rea env DSCTL_RUN_ID=not-noted dsctl get lab/demo/cats:v2 two -o used
same "$(s3 -b GET "/$bucket-ctl?prefix=demo/cats/uses/" | grep -c '<Key>' || true)" 0
policies lab --namespace demo --reader "$tag-rea" --writer "$tag-wri" --record-use
note 200 uses/x/y.json
exits 0 as rea env DSCTL_RUN_ID=noted dsctl get lab/demo/cats:v2 two -o used
exits 0 as wri dsctl lineage --json lab/demo/cats:v2
out '"noted"'
for key in heads/uses/x heads/v1/uses/x heads/v1 catalog deprecated/v1; do note 403 $key; done
cd clone && exits 0 as rea dsctl draft v9 --inherit v2 && echo nine >nine
as rea dsctl add -A . >/dev/null && as rea dsctl commit -q -m Nine >/dev/null
denied rea dsctl push
denied rea dsctl publish --yes
denied rea dsctl draft lab/demo/cats:v9 --new
