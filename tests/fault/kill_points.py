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
import hashlib
import os
import subprocess
import sys

from kill_world import DSCTL, State, clear, count_calls, env, kill_at, points, root, run

def campaign(name, words, check, prepare=lambda: None):
    state = State(name)
    counts = count_calls(words)
    killed = 0
    chosen = points(counts)
    for call, number in chosen:
        state.restore()
        prepare()
        killed += kill_at(words, call, number)
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
    if killed < len(chosen) // 2:
        raise SystemExit(f"{name}: it was killed at {killed} of {len(chosen)} points only")
    print(f"{name}: killed at {killed} points, spread over {sum(counts.values())} calls: 0 corrupt, 0 stale locks")


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
