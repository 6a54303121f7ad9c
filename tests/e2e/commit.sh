# commit records what is staged; -a takes changes of tracked files; --amend replaces; nothing to commit is exit 1.
start cats
sample
exits 1 dsctl commit -m "Nothing"
exits 0 dsctl add .
exits 129 dsctl commit -m ""
golden first dsctl commit -m "First"
exits 1 dsctl commit -m "Again"
exits 1 dsctl commit
err "nothing to commit"
exits 129 dsctl commit --allow-empty
err "needs a message"
echo more >>table.csv && : >untracked
exits 0 dsctl commit -a -m "Second"
exits 0 dsctl status -s
out "?? untracked"
exits 0 dsctl commit --amend -m "Second, amended"
golden log dsctl log
golden log_oneline dsctl log --oneline
golden log_json dsctl log --json
exits 0 dsctl log --oneline -- table.csv
same "$(wc -l <"$sandbox/out")" 2
exits 0 dsctl log -n 1 --oneline
same "$(wc -l <"$sandbox/out")" 1
golden show dsctl show HEAD
golden graph dsctl log --oneline --graph
# The commit that a draft inherits is the published version's, not the draft's to replace.
exits 0 dsctl publish --yes
dsctl draft v2 --inherit v1 >/dev/null
exits 6 dsctl commit --amend -m "Rewritten"
err "published version v1"
exits 0 dsctl commit -a --allow-empty -m "Mine"
exits 0 dsctl commit --amend -m "Mine, amended"
