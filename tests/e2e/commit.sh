# commit records what is staged; -a takes changes of tracked files; --amend replaces; nothing to commit is exit 1.
start cats
sample
exits 1 dsctl commit -m "Nothing"
exits 0 dsctl add .
exits 129 dsctl commit -m ""
golden first dsctl commit -m "First"
exits 1 dsctl commit -m "Again"
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
