# A work tree full of traps: links that lead out are stored as links and never followed.
mkdir outside && echo secret >outside/file
start traps
ln -s ../outside folder
ln -s /etc/passwd absolute
ln -s loop loop
ln -s nowhere dangling
commit_all Links
exits 0 dsctl ls -l
dsctl publish -q --yes
cd ..
mkdir copy && cd copy
dsctl init -q --name traps
exits 0 dsctl get demo/traps:v1 -o here
same "$(readlink here/folder)" ../outside
# A folder of the target that somebody replaced by a link out of it: nothing is written through it.
cd ../traps && dsctl draft v2 --inherit v1 >/dev/null && rm folder && mkdir folder && echo inside >folder/file
commit_all "Folder" && dsctl publish -q --yes
cd .. && mkdir target && ln -s ../outside target/folder
code=0
dsctl get demo/traps:v2 -o target >/dev/null 2>&1 || code=$?
same "$(cat outside/file)" secret
[ "$code" -ne 0 ] || [ ! -L target/folder ] || fail "written through a link"
