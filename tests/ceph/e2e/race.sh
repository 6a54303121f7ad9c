# 32 publishers with 32 different contents for one name: one wins, the others are told so, and readers see the winner's.
. "$(dirname "$test_file")/../session.sh"
export DSCTL_REGISTRY=lab
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA"
. "$CEPH_DIR/users/owner"
for i in $(seq 32); do
    mkdir "p$i"
    (cd "p$i" && dsctl init -q --name demo/cats && echo "$i" >file && dsctl add -q . && dsctl commit -q -m "$i") >/dev/null
done
for i in $(seq 32); do
    (cd "p$i" && code=0 && { dsctl publish --yes >out 2>err || code=$?; } && echo "$code" >code) &
done
wait
winner=$(grep -lx 0 p*/code | cut -d/ -f1)
same "$(wc -w <<<"$winner")" 1
for i in $(seq 32); do
    case $(cat "p$i/code") in
        0 | 6) ;;
        5) (cd "p$i" && exits 6 dsctl publish --yes) ;; # "not known": the same command again finds out
        *) cat "p$i/err" >&2; fail "publisher $i: exit code $(cat "p$i/code")" ;;
    esac
done
exits 0 dsctl get lab/demo/cats:v1 -o got
same "$(cat got/file)" "${winner#p}"
same "$(data_versions demo/cats/records/ | wc -l)" 1
