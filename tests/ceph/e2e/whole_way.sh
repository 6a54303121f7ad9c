# The whole way over HTTPS with an authority of one's own: init, push, publish, clone, fetch, pull, get, verify, inherit.
. "$(dirname "$test_file")/../session.sh"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 30
out "locking    enforced"
exits 0 as owner dsctl registry init lab "$url" --ca-bundle "$CEPH_CA" --record-days 30
exits 0 as owner dsctl registry show lab
exits 0 as owner dsctl registry check lab
export DSCTL_REGISTRY=lab
mkdir cats && cd cats
as owner dsctl init -q >/dev/null
sample
as owner dsctl add -A . >/dev/null
as owner dsctl commit -q -m First >/dev/null
exits 0 as owner dsctl push
exits 0 as owner dsctl push
exits 0 as owner dsctl publish --yes
exits 0 as owner dsctl publish --yes
exits 0 as owner dsctl verify lab/demo/cats:v1 --locks
digest=$(as owner dsctl resolve -q lab/demo/cats:v1)
cd ..
exits 0 as owner dsctl clone lab/demo/cats:v1 clone
same_tree cats clone
exits 0 as owner dsctl get lab/demo/cats:v1 -o got
same_tree cats got
exits 0 as owner dsctl get lab/demo/cats:v1 images/cats/2.txt -o -
out "cat two"
# A second draft on top, changed by one and pulled by the other.
exits 0 as owner dsctl draft lab/demo/cats:v2 --inherit lab/demo/cats:v1
exits 0 as owner dsctl clone lab/demo/cats:v2 second
cd second && echo three >images/cats/3.txt
as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m Second >/dev/null
exits 0 as owner dsctl push
cd ../clone
exits 0 as owner dsctl fetch
exits 0 as owner dsctl switch v2
exits 0 as owner dsctl pull
same_tree . ../second
(cd ../second && echo four >images/cats/4.txt && as owner dsctl add -A . >/dev/null && as owner dsctl commit -q -m Third >/dev/null &&
    exits 0 as owner dsctl push)
exits 0 as owner dsctl pull # on a draft that has moved on
same_tree . ../second
exits 0 as owner dsctl publish --yes v2
same "$(as owner dsctl resolve -q lab/demo/cats:v1)" "$digest"
exits 0 as owner dsctl versions lab/demo/cats
out v2
exits 0 as owner dsctl registry search cats
out lab/demo/cats
