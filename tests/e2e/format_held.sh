# docs/format.md is enough for large files that the store only refers to, or has taken over: the same reader finds them.
reader=$here/../check/read_version.py
start held
dsctl config set store.large-files reference
python3 - <<'PY'
import random
source = random.Random(11)
for name, size in (("one.bin", 9_000_000), ("two.bin", 6_000_000)):
    with open(name, "wb") as out:
        out.write(source.randbytes(size))
PY
mkdir sub && mv two.bin sub && echo small >small.txt
commit_all First
same "$(find .dsctl/store/held -name '*.held' | wc -l)" 2
exits 0 dsctl publish -q --yes
digest=$(dsctl resolve -q demo/held:v1 | sed 's/.*@//')
same "$(python3 "$reader" checkout . v1 ../out1)" "$digest"
same_tree . ../out1
# Taken over by dsctl, because it moves or removes them (a second link, kind 1).
dsctl draft v2 --inherit v1 >/dev/null
dsctl mv sub/two.bin moved.bin && dsctl rm -q one.bin && dsctl commit -q -m Second
same "$(find .dsctl/store/held -name '*.data' | wc -l)" 1
same "$(python3 "$reader" checkout . v1 ../out2)" "$digest"
same_tree ../out1 ../out2
exits 0 python3 "$reader" checkout . HEAD ../out3
same_tree . ../out3
# What the page says is held to: other bytes in a source, or in a held file, are refused.
refused() { # FILE OFFSET WHY
    cp "$1" ../saved
    printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
    exits 1 python3 "$reader" checkout . "${4:-v1}" ../refused && err "$3"
    rm -rf ../refused && cat ../saved >"$1"
}
data=$(find .dsctl/store/held -name '*.data')
refused "$data" 5000000 "is not in its source"
refused moved.bin 300 "is not held" HEAD # a reference: it was changed
exits 0 python3 "$reader" checkout . HEAD ../out4 # touched only: the hashes decide
for held in .dsctl/store/held/*.held; do
    refused "$held" 3 "is no pack"
    refused "$held" 12 "checksum"
    refused "$held" 22 "checksum"
    refused "$held" $(($(stat -c %s "$held") - 30)) "is wrong"
done
truncate -s -1 "$data"
exits 1 python3 "$reader" checkout . v1 ../refused && err "another size"
