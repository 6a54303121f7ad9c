# import of tar streams: faithful, and refused where they would lead out of the tree.
mkdir src && cd src && sample && printf 'x' >"$(printf 'n\xc3\xa4me \xff')" && mkdir -p "$(printf 'l%.0s' {1..120})" && : >"$(printf 'l%.0s' {1..120})/$(printf 'f%.0s' {1..120})" && cd ..
tar -C src -cf plain.tar . && tar -C src -czf zipped.tar.gz . && tar -C src --zstd -cf packed.tar.zst . && tar -C src --format=pax -cf pax.tar .
n=0
for archive in plain.tar zipped.tar.gz packed.tar.zst pax.tar; do
    n=$((n + 1))
    exits 0 dsctl import "$archive" "demo/cats:v$n"
    err "made draft local/demo/cats:v$n"
    rm -rf got && exits 0 dsctl get "demo/cats:v$n" -o got
    same_tree src got
done
exits 0 dsctl import - demo/cats:v9 <zipped.tar.gz
exits 0 dsctl import -n plain.tar demo/dogs:v1
out "would import"
exits 3 dsctl versions demo/dogs
# Hostile ones, made by a program that does as it is told.
cat >evil.py <<'PY'
import io, sys, tarfile
kind = sys.argv[1]
with tarfile.open(sys.argv[2], "w") as tar:
    def add(name, data=b"x", **more):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for key, value in more.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(data))
    link = dict(data=b"", type=tarfile.SYMTYPE)
    hard = dict(data=b"", type=tarfile.LNKTYPE)
    add("good")
    {"absolute": lambda: add("/etc/x"), "dotdot": lambda: add("a/../../x"),
     "link": lambda: add("l", **link, linkname="../../etc"), "abslink": lambda: add("l", **link, linkname="/etc"),
     "deeplink": lambda: add("a/b/l", **link, linkname="../../../x"),
     "through": lambda: (add("l", **link, linkname="."), add("l/x")),
     "hard": lambda: add("h", **hard, linkname="/etc/passwd"), "hard2": lambda: add("h", **hard, linkname="missing"),
     "both": lambda: (add("a"), add("a/b")),
     "device": lambda: (add("dev", b"", type=tarfile.CHRTYPE), add("fifo", b"", type=tarfile.FIFOTYPE)),
     "twice": lambda: (add("good", b"second"), add("./good", b"third")),
     "hardgood": lambda: add("other", **hard, linkname="./good"),
     "git": lambda: add("sub/.git/config"), "inlink": lambda: add("a/b/l", **link, linkname="../../good")}[kind]()
PY
for kind in absolute dotdot link abslink deeplink hard hard2; do
    python3 evil.py "$kind" "$kind.tar"
    exits 128 dsctl import "$kind.tar" "demo/evil:$kind"
    err "is refused"
    exits 3 dsctl ls --in "demo/evil:$kind" good
done
for kind in through both; do
    python3 evil.py "$kind" "$kind.tar"
    exits 6 dsctl import "$kind.tar" "demo/evil:$kind"
done
python3 evil.py device device.tar && exits 0 dsctl import device.tar demo/odd:device
err "skipped 'dev'" && err "skipped 'fifo'"
python3 evil.py twice twice.tar && exits 0 dsctl import twice.tar demo/odd:twice
err "more than once"
same "$(dsctl cat --in demo/odd:twice good)" third
python3 evil.py hardgood hardgood.tar && exits 0 dsctl import hardgood.tar demo/odd:hardgood
same "$(dsctl cat --in demo/odd:hardgood other)" x
python3 evil.py git git.tar && exits 0 dsctl import git.tar demo/odd:git
err "skipped 'sub/.git/config'"
python3 evil.py inlink inlink.tar && exits 0 dsctl import inlink.tar demo/odd:inlink
# Damaged ones.
head -c 3000 zipped.tar.gz >cut.tar.gz && exits 7 dsctl import cut.tar.gz demo/odd:cut
head -c 100000 plain.tar >cut.tar && exits 7 dsctl import cut.tar demo/odd:cut
head -c 5000 /dev/urandom >noise && exits 7 dsctl import noise demo/odd:cut
exits 3 dsctl import no-such.tar demo/odd:cut
# What fails, or is no archive at all, leaves no draft behind, and an empty source not even the dataset.
: >empty.tar && echo 'no archive' >junk.tar
exits 128 dsctl import - demo/none:v1 </dev/null
err "standard input is empty"
exits 128 dsctl import empty.tar demo/none:v1
exits 3 dsctl versions demo/none
exits 7 dsctl import junk.tar demo/some:v1
exits 7 dsctl import - demo/some:v1 <junk.tar
exits 3 dsctl ls --in demo/some:v1
exits 0 dsctl draft demo/some:v2 --new
exits 7 dsctl import junk.tar demo/some:v2
exits 0 dsctl versions demo/some
out "v2 "
exits 0 dsctl import plain.tar demo/some:v1
