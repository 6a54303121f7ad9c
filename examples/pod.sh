#!/bin/sh
# What a training pod does with a dataset: reads exactly one version, little disk needed, and leaves a trace of it.
#
#   REGISTRY_URL   the registry: https://HOST/BUCKET, or a folder
#   DATASET        what to train on: namespace/name[:version]; without a version the newest published one
#   CREDENTIALS    folder with the files accessKeyID and accessKeySecret: the Secret of the pod, mounted.
#                  Default: /etc/dsctl/credentials; folder registries need none
#   OUTPUT         folder for the result; default: the current one
#   POD_UID        identifies the run, unless DSCTL_RUN_ID (or MLflow's, Kubeflow's, … variable) is there
#
# In the pod:
#
#   env:     [{name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}, {name: DATASET, value: "demo/countries:v1"}, …]
#   volumes: [{name: keys, secret: {secretName: registry, defaultMode: 0400}}], mounted at /etc/dsctl/credentials
#
# Where the pod has /dev/fuse (a device plugin, or a privileged pod) the version is mounted and read as it is used; elsewhere
# its files are fetched.
set -eu
: "${REGISTRY_URL:?names the registry}"
: "${DATASET:?names the dataset}"
output=${OUTPUT:-.}
credentials=${CREDENTIALS:-/etc/dsctl/credentials}
export DSCTL_NO_INPUT=1
if [ -z "${DSCTL_RUN_ID:-}${MLFLOW_RUN_ID:-}${KFP_RUN_ID:-}" ] && [ -n "${POD_UID:-}" ]; then
    export DSCTL_RUN_ID="$POD_UID"
fi

# 1. The registry, and who we are there. Keys are never typed, passed as options or put into URLs.
set -- dsctl registry add data "$REGISTRY_URL"
if [ -d "$credentials" ]; then
    set -- "$@" --credentials-dir "$credentials"
fi
"$@"

# 2. The exact version, with its digest: from here on nothing can change under us.
exact=$(dsctl resolve -q "data/$DATASET")
echo "training on $exact"

# 3. The files: mounted if that goes, else fetched.
work=$(mktemp -d "${TMPDIR:-/tmp}/dataset.XXXXXX")
data=$work/data
clean_up() {
    dsctl unmount "$data" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
mkdir "$data"
if [ -z "${NO_MOUNT:-}" ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] && dsctl mount "$exact" "$data"; then
    how=mounted
else
    dsctl get "$exact" -o "$data"
    how=fetched
fi

# 4. The training, or what stands for it here: reads every byte, and writes a result that names its data.
mkdir -p "$output"
{
    echo "data: $exact"
    echo "how: $how"
    echo "files: $(find "$data" -type f | wc -l)"
    echo "bytes: $(find "$data" -type f -exec cat {} + | wc -c)"
    echo "model: $(find "$data" -type f -exec sha256sum {} + | sed "s# $data/# #" | LC_ALL=C sort | sha256sum | cut -c1-16)"
} >"$output/model.txt"
cat "$output/model.txt"

# 5. Who used this version, and from what it was made.
dsctl lineage "$exact"
dsctl cite --format text "$exact"
