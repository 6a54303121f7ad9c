# With --json every command prints one document of its own schema and nothing else, also when it does or finds nothing.
trap 'umount -l "$sandbox"/work/m 2>/dev/null || true; clean_up' EXIT
start cats
sample
printf -- '---\ndescription: Cats\nlicense: mit\n---\n' >README.md
form() { # SCHEMA CODE COMMAND...
    local schema=$1 code=$2
    shift 2
    exits "$code" dsctl --json "$@"
    python3 - "$schema" "$sandbox/out" <<'PY' || fail "dsctl --json $*"
import json, sys
document = json.load(open(sys.argv[2]))
sys.exit(0 if next(iter(document.items())) == ("schema", f"dsctl.{sys.argv[1]}/1") else f"it is {list(document.items())[:1]}")
PY
}
form status 0 status
form registry-check 0 registry check
form add 0 add -n .
form add 0 add -A .
form commit 0 commit -m First
for verb in log show diff ls du versions resolve fsck fetch pull ls-tree pack-info for-each-ref; do
    [ "$verb" != resolve ] || form push 0 push
    form "$verb" 0 "$verb"
done
form check-ignore 1 check-ignore run.sh
form rm 0 rm -n run.sh
form mv 0 mv run.sh walk.sh
form mkdir 0 mkdir more
form restore 0 restore --staged .
form reset 0 reset --hard HEAD
form rev-parse 0 rev-parse HEAD
form hash-file 0 hash-file table.csv
form cat-object 0 cat-object HEAD
form cat-object 0 cat-object "$(dsctl rev-parse --tree HEAD | cut -d: -f2)"
form cat-object 0 cat-object -t recipe "$(sha256sum <table.csv | cut -c1-64)"
exits 129 dsctl --json cat-object -t chunk "$(sha256sum <images/cats/1.txt | cut -c1-64)"
form publish 0 publish -n
form publish 0 publish
form verify 0 verify
form draft 0 draft v2 --inherit v1
form switch 0 switch v1
form switch 0 switch v2
form merge 0 merge v1
form deprecate 0 deprecate v1 --reason old
form gc 0 gc -n
form get 0 get demo/cats:v1 -o ../got
form mount 0 mount demo/cats:v1 ../m
dsctl unmount ../m
form preview 0 preview table.csv
form lineage 0 lineage
form lineage 0 lineage demo/cats:v1
form lineage-events 0 lineage --format openlineage demo/cats:v1
form card-show 0 card show
form card-lint 0 card lint
form card-export 0 card export --to croissant
# An editor needs a terminal on stdin and stderr; stdout is this file.
cat >../terminal.py <<'PY'
import os, pty, subprocess, sys, threading
ours, theirs = pty.openpty()
def drain():
    try:
        while os.read(ours, 4096):
            pass
    except OSError:
        pass
threading.Thread(target=drain, daemon=True).start()
sys.exit(subprocess.run(["env", "-u", "DSCTL_NO_INPUT", "EDITOR=true", *sys.argv[1:]], stdin=theirs, stderr=theirs).returncode)
PY
dsctl() { if [ "$*" = "--json card edit" ]; then python3 ../terminal.py dsctl "$@"; else command dsctl "$@"; fi; }
form card-edit 0 card edit
unset -f dsctl
form cite 0 cite
form clone 0 clone demo/cats:v1 ../copy
form draft 0 draft local/demo/direct:v1 --new
form put 0 put -n local/demo/direct:v1 table.csv
form put 0 put local/demo/direct:v1 table.csv labels
form mkdir 0 mkdir --in local/demo/direct:v1 more
form mv 0 mv --in local/demo/direct:v1 table.csv more
form rm 0 rm -n -r --in local/demo/direct:v1 more
form rm 0 rm -r --in local/demo/direct:v1 more
form import 0 import -n images local/demo/direct:v1
form import 0 import images local/demo/direct:v1
form export 0 export demo/cats:v1 ../exported
form export 0 export demo/cats:v1 ../llmos --llmos
form publish 0 publish local/demo/direct:v1 --plain
dsctl draft v3 --inherit v1 >/dev/null
form drop 0 drop v2
form config-list 0 config list
form cache-info 0 cache info
form cache-prune 0 cache prune
for verb in list show check search; do form "registry-$verb" 0 registry "$verb"; done
