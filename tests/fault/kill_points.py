#!/usr/bin/env python3
"""Kills add, commit, publish, switch, merge and gc at their system calls and checks what is left.

kill_points.py DSCTL [POINTS [large]]   POINTS per command: default 40; 0 for every call
With `large` add, commit, switch, mv, rm and gc over large files, with store.large-files = reference and = copy.

For each command the calls that change something are counted with strace; the command is then run from the same prepared
state again and again, and killed (SIGKILL, before the call takes effect) at one of them. Afterwards:
  - no lock or repair step is needed: the same command, run again, succeeds and yields the expected result;
  - `fsck --full` finds nothing wrong, before and after that;
  - what was done before the killed command is still there, and nothing half-published can be read;
  - no temporary file is left in the work tree.
"""
import collections
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DSCTL = os.path.abspath(sys.argv[1])
POINTS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat",
         "mkdir", "mkdirat", "openat", "ftruncate", "fchmod", "chmod", "ioctl", "sync_file_range")

root = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-kill.", dir=os.environ.get("TMPDIR", "/tmp")))
env = dict(os.environ, HOME=str(root / "home"), DSCTL_NOW="2026-01-02T03:04:05Z", DSCTL_AUTHOR_NAME="Ada",
           DSCTL_AUTHOR_EMAIL="ada@example.org", DSCTL_NAMESPACE="demo", DSCTL_NO_INPUT="1", NO_COLOR="1",
           TMPDIR=str(root / "tmp"))
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DSCTL_REGISTRY", "DSCTL_DIR"):
    env.pop(name, None)


def run(*words, cwd, code=0):
    done = subprocess.run([DSCTL, *words], cwd=cwd, env=env, capture_output=True, text=True)
    if code is not None and done.returncode != code:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def unlock(path):
    subprocess.run(["chattr", "-R", "-i", str(path)], capture_output=True)


def clear(path):
    if path.exists():
        unlock(path)
        shutil.rmtree(path)


class State:
    """HOME (with the embedded registry) and the work tree, saved and brought back."""

    def __init__(self, name):
        self.saved = root / f"saved-{name.replace(' ', '-')}"
        shutil.copytree(root / "home", self.saved / "home", symlinks=True)
        shutil.copytree(root / "work", self.saved / "work", symlinks=True)

    def restore(self):
        for part in ("home", "work"):
            clear(root / part)
            subprocess.run(["cp", "-a", str(self.saved / part), str(root / part)], check=True)


def count_calls(words):
    log = root / "strace.log"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=" + ",".join(CALLS), "-o", str(log), DSCTL, *words],
                   cwd=root / "work", env=env, check=True, capture_output=True)
    counts = collections.Counter()
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"\d+ +(\w+)\(", line)
        if match:
            counts[match.group(1)] += 1
    return counts


def points(counts):
    every = [(call, n) for call, total in sorted(counts.items()) for n in range(1, total + 1)]
    if POINTS == 0 or len(every) <= POINTS:
        return every
    return [every[i * len(every) // POINTS] for i in range(POINTS)]


def campaign(name, words, check, prepare=lambda: None):
    state = State(name)
    counts = count_calls(words)
    killed = 0
    chosen = points(counts)
    for call, number in chosen:
        state.restore()
        prepare()
        subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                        f"inject={call}:signal=SIGKILL:when={number}", DSCTL, *words],
                       cwd=root / "work", env=env, capture_output=True)
        killed += 1
        where = f"{name} killed at {call} {number}"
        fsck = run("fsck", "--full", cwd=root / "work", code=None)
        if fsck.returncode != 0:
            raise SystemExit(f"{where}: fsck: {fsck.stdout}{fsck.stderr}")
        again = run(*words, cwd=root / "work", code=None)
        check(where, again)
        run("fsck", "--full", cwd=root / "work")
        left = [path for path in (root / "work").rglob(".dsctl-tmp-*") if ".dsctl" not in path.parts]
        if left:
            raise SystemExit(f"{where}: left behind: {left}")
    state.restore()
    prepare()
    run(*words, cwd=root / "work")
    print(f"{name}: {killed} kill points of {sum(counts.values())} calls, 0 corrupt, 0 stale locks")


def after_add(where, again):
    if again.returncode != 0:
        raise SystemExit(f"{where}: again: {again.stderr}")
    staged = run("status", "-s", cwd=root / "work").stdout
    if any(line[:2] != "A " for line in staged.splitlines()) or len(staged.splitlines()) != 21:
        raise SystemExit(f"{where}: not everything is staged:\n{staged}")


def after_commit(where, again):
    if again.returncode not in (0, 1):  # 1: the killed one had committed already
        raise SystemExit(f"{where}: again: {again.stderr}")
    log = run("log", "--oneline", cwd=root / "work").stdout.splitlines()
    if len(log) != 1 or run("status", "-s", cwd=root / "work").stdout:
        raise SystemExit(f"{where}: {log}")


def after_publish(where, again):
    if again.returncode != 0:
        raise SystemExit(f"{where}: again: {again.stderr}")
    run("verify", "demo/work:v1", cwd=root / "work")
    run("verify", cwd=root / "work")
    run("switch", "v1", cwd=root / "work")


def after_switch(where, again):
    if again.returncode != 0:
        raise SystemExit(f"{where}: again: {again.stderr}")
    status = run("status", cwd=root / "work").stdout
    if "On published version v1" not in status or "Nothing changed" not in status:
        raise SystemExit(f"{where}: {status}")


def after_merge(where, again):
    if again.returncode != 0:
        raise SystemExit(f"{where}: again: {again.stderr}")
    log = run("log", "--oneline", cwd=root / "work").stdout.splitlines()
    if run("status", "-s", cwd=root / "work").stdout or len(log) != 4 or not (root / "work/one").exists():
        raise SystemExit(f"{where}: {log}")


def after_gc(where, again):
    if again.returncode != 0:
        raise SystemExit(f"{where}: again: {again.stderr}")
    for version in ("v1", "v2"):
        run("verify", version, cwd=root / "work")


def sum_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Large:
    """Large files through several versions: each must be readable from the store after every kill, whoever has its bytes."""

    def __init__(self, mode):
        self.mode = mode
        for part in ("home", "work"):
            clear(root / part)
            (root / part).mkdir()
        run("init", cwd=root / "work")
        run("config", "set", "store.large-files", mode, cwd=root / "work")

    def make(self, name, size=5_000_000):
        path = root / "work" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(os.urandom(size))
        return sum_of(path)

    def held(self, where, revision, sums):
        for name, wanted in sums.items():
            done = subprocess.run([DSCTL, "cat", "--in", revision, name], cwd=root / "work", env=env, capture_output=True)
            if done.returncode != 0 or hashlib.sha256(done.stdout).hexdigest() != wanted:
                raise SystemExit(f"{where}: {revision} {name}: exit {done.returncode} {done.stderr.decode()}")

    def campaign(self, name, words, expected, codes=(0,), clean=True):
        """expected: contents by version, and under None those of the work tree"""
        def check(where, again):
            if again.returncode not in codes:
                raise SystemExit(f"{where}: again: exit {again.returncode} {again.stderr}")
            if clean and run("status", "-s", cwd=root / "work").stdout:
                raise SystemExit(f"{where}: the work tree differs from what is committed")
            if any(line[:2] != "A " for line in run("status", "-s", cwd=root / "work").stdout.splitlines()) and name == "add":
                raise SystemExit(f"{where}: not everything is staged")
            for revision, sums in expected.items():
                if revision is not None:
                    self.held(where, revision, sums)
                    continue
                for file, wanted in sums.items():
                    if sum_of(root / "work" / file) != wanted:
                        raise SystemExit(f"{where}: {file} in the work tree has other content")

        def renew():
            if name != "add":  # a copied file has another inode: referred to anew, it can be linked again
                run("add", "-A", ".", cwd=root / "work")
        campaign(f"{name} {self.mode}", words, check, renew)

    def run(self):
        first = {"one.bin": self.make("one.bin"), "sub/two.bin": self.make("sub/two.bin", 7_000_000)}
        two = first["sub/two.bin"]
        self.campaign("add", ["add", "-A", "."], {None: first}, clean=False)
        self.campaign("commit", ["commit", "-m", "First"], {None: first, "HEAD": first}, codes=(0, 1))
        run("draft", "v2", "--inherit", "v1", cwd=root / "work")
        # Done already when only the stat index was lacking: then the path is tracked no more.
        self.campaign("mv", ["mv", "sub/two.bin", "three.bin"], {"v1": first, None: {"one.bin": first["one.bin"], "three.bin": two}},
                      codes=(0, 3), clean=False)
        self.campaign("rm", ["rm", "one.bin"], {"v1": first, None: {"three.bin": two}}, codes=(0, 3), clean=False)
        second = {"three.bin": two, "four.bin": self.make("four.bin")}
        run("add", "-A", ".", cwd=root / "work")
        run("commit", "-m", "Second", cwd=root / "work")
        self.campaign("switch", ["switch", "v1"], {"v1": first, "v2": second, None: first})
        self.campaign("gc", ["gc", "--keep-days", "0"], {"v1": first, "v2": second, None: first})
        held = list((root / "work/.dsctl/store").glob("held/*"))
        if bool(held) != (self.mode == "reference"):
            raise SystemExit(f"with {self.mode} these are held: {held}")


def main():
    for part in ("home", "work/sub", "tmp"):
        (root / part).mkdir(parents=True)
    for number in range(20):
        (root / f"work/sub/{number}").write_bytes(os.urandom(3000 + number))
    (root / "work/large").write_bytes(os.urandom(700_000))
    run("init", cwd=root / "work")
    campaign("add", ["add", "."], after_add)
    campaign("commit", ["commit", "-m", "First"], after_commit)
    campaign("publish", ["publish", "--yes"], after_publish)
    run("draft", "v2", "--inherit", "v1", cwd=root / "work")
    (root / "work/sub/3").write_bytes(os.urandom(5000))
    (root / "work/new").write_bytes(b"new")
    (root / "work/sub/4").unlink()
    run("add", "-A", cwd=root / "work")
    run("commit", "-m", "Second", cwd=root / "work")
    run("publish", "--yes", cwd=root / "work")
    campaign("switch", ["switch", "v1"], after_switch)
    for version, name in (("side", "one"), ("main", "two")):
        run("draft", version, "--inherit", "v1", cwd=root / "work")
        (root / "work" / name).write_bytes(os.urandom(4000))
        run("add", name, cwd=root / "work")
        run("commit", "-m", name, cwd=root / "work")
    campaign("merge", ["merge", "side"], after_merge)
    run("draft", "v3", "--new", cwd=root / "work")
    (root / "work/gone").write_bytes(os.urandom(50_000))
    run("add", "gone", cwd=root / "work")
    run("restore", "--staged", "gone", cwd=root / "work")  # content that nothing names any more
    campaign("gc", ["gc", "--keep-days", "0"], after_gc)


def large():
    (root / "tmp").mkdir()
    for mode in ("reference", "copy"):
        Large(mode).run()


try:
    large() if sys.argv[3:] == ["large"] else main()
finally:
    clear(root)
