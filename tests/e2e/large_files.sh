# Large, sparse and growing files: content survives everything; a changed row stores little.
start big
python3 - <<'PY'
import random
source = random.Random(5)
with open("random.bin", "wb") as out:
    out.write(source.randbytes(9_000_000))
with open("rows.csv", "w") as out:
    out.writelines(f"{i},{source.random()},{source.choice(['a', 'b', 'c'])}\n" for i in range(400_000))
with open("sparse", "wb") as out:
    out.truncate(40_000_000)
    out.seek(20_000_000)
    out.write(b"in the middle")
PY
: >empty
commit_all First
dsctl publish -q --yes
before=$(du -sb .dsctl/store/packs | cut -f1)
[ "$before" -lt 20000000 ] || fail "zeros and rows take $before bytes"
dsctl draft v2 --inherit v1 >/dev/null
sed -i '200000s/.*/changed,row/' rows.csv
echo appended >>rows.csv
commit_all Second
grown=$(($(du -sb .dsctl/store/packs | cut -f1) - before))
[ "$grown" -lt 400000 ] || fail "one changed row took $grown bytes"
dsctl publish -q --yes
cd ..
exits 0 dsctl clone demo/big:v2 copy
same_tree big copy
exits 0 dsctl get demo/big:v1 rows.csv -o -
same "$(sed -n 200000p "$sandbox/out" | cut -d, -f1)" 199999
