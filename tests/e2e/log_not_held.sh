# log and show mark commits whose content is not here: dropped by gc --drop-held, or only fetched.
start cats
head -c 300000 /dev/urandom >one && echo shared >shared && commit_all First && exits 0 dsctl publish -q --yes
dsctl draft v2 --inherit v1 >/dev/null
head -c 300000 /dev/urandom >one && commit_all Second && exits 0 dsctl publish -q --yes
held() { dsctl log --json | python3 -c 'import json,sys; print(*(c["held"] for c in json.load(sys.stdin)["commits"]))'; }
same "$(held)" "True True"
exits 0 dsctl log --oneline && same "$(grep -c 'not held' "$sandbox/out")" 0
# A clone of v2 knows v1, and has nothing of it but what both hold.
cd .. && exits 0 dsctl clone -q demo/cats:v2 copy && cd copy
same "$(held)" "True False"
exits 0 dsctl log --oneline && same "$(grep 'not held' "$sandbox/out" | grep -c First)" 1
exits 0 dsctl log && out "(not held here)" && same "$(grep -c 'not held' "$sandbox/out")" 1
exits 0 dsctl show v1 && out "(not held here)"
exits 0 dsctl show v2 && same "$(grep -c 'not held' "$sandbox/out")" 0
same "$(dsctl show --json v1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["commit"]["held"])')" False
exits 0 dsctl switch v1 && same "$(cd . && dsctl log --json v2 | grep -o '"held": *[a-z]*' | sort -u | wc -l)" 1
exits 0 dsctl gc --drop-held
same "$(dsctl log --json v2 | grep -o '"held": *true' | wc -l)" 0
# In a partial clone what it leaves out on purpose does not count.
cd .. && exits 0 dsctl clone -q demo/cats:v2 part --include shared && cd part
same "$(held)" "True True"
