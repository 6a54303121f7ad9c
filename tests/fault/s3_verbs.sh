# shellcheck shell=bash disable=SC2154
# push, publish, clone and get on a real RGW, through a proxy that spoils exchanges by a seed (proxy_run gives its address in
# FAULT_PROXY): what succeeds is right, what fails says that it is worth running again, and running it again gets there.
unset DSCTL_NOW
export AWS_ACCESS_KEY_ID=$CEPH_OWNER_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$CEPH_OWNER_SECRET_KEY
bucket=verbs-$$-$RANDOM

# again COMMAND...: until it succeeds; every failure on the way is one to try again after.
again() {
    local code
    for _ in $(seq 30); do
        code=0
        "$@" >"$sandbox/out" 2>"$sandbox/err" || code=$?
        case $code in
        0) return ;;
        5 | 7) ;; # 7: bytes that were spoiled on the way, and not taken
        *) cat "$sandbox/err" >&2; fail "exit code $code: $*" ;;
        esac
    done
    cat "$sandbox/err" >&2
    fail "failed 30 times: $*"
}
clone_anew() {
    rm -rf "$2"
    dsctl clone -q "$1" "$2"
}

dsctl registry init -q clean "$CEPH_HTTP_ENDPOINT/$bucket" --retention governance --pack-days 1 --record-days 1
again dsctl registry add -q lab "http://$FAULT_PROXY/$bucket"
start cats
sample
head -c 3000000 /dev/urandom >random.bin
commit_all first
again dsctl push -q --to lab
echo more >>table.csv
commit_all second
again dsctl publish -q --to lab
cd ..
again clone_anew lab/demo/cats:v1 copy
same_tree cats copy
again dsctl get -q lab/demo/cats:v1 table.csv -o got
cmp cats/table.csv got/table.csv
exits 0 dsctl verify clean/demo/cats:v1
exits 0 dsctl clone -q clean/demo/cats:v1 straight
same_tree cats straight
