#!/usr/bin/env python3
"""Kills put, import and export at their system calls and checks what is left, over the embedded registry.

direct_kills.py DSCTL [POINTS]   POINTS per command: default 40; 0 for every call

As kill_points.py does it. After each kill:
  - the draft is as it was before or as it is to be, path by path and byte by byte, and its history with it; never half of it;
  - what an export has given its final name is whole: the old or the new file;
  - no repair is needed: the same command, run again, succeeds, and draft, folder or archive are as they are to be;
  - nothing is left in the cache but what the next command takes up, and after that one nothing.
"""
import hashlib
import json
import os
import pathlib
import subprocess

from kill_world import State, clear, count_calls, kill_at, points, root, run

WORK = root / "work"


def fail(where, what):
    raise SystemExit(f"{where}: {what}")


def same(where, wanted, got):
    done = subprocess.run(["diff", "-r", "--no-dereference", str(wanted), str(got)], capture_output=True, text=True)
    if done.returncode != 0:
        fail(where, f"{wanted} and {got} differ:\n{done.stdout}{done.stderr}")


def draft(reference):
    """The tree and the commit of a draft that may not be there yet."""
    done = run("resolve", "--json", reference, cwd=WORK, code=None)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        fail(reference, done.stderr)
    seen = json.loads(done.stdout)
    return None if seen["commit"] is None else (seen["tree"], seen["commit"])


def history(reference):
    """Its commits' subjects; nothing where there is none."""
    clone = root / "clone"
    clear(clone)
    done = run("clone", "-q", "--no-checkout", reference, str(clone), cwd=WORK, code=None)
    if done.returncode != 0:
        fail(reference, done.stderr)
    commits = json.loads(run("log", "--json", cwd=clone).stdout)["commits"]
    return [commit["message"].splitlines()[0] for commit in commits]


def get(reference):
    got = root / "got"
    clear(got)
    run("get", "-q", reference, "-o", str(got), cwd=WORK)
    return got


def no_leftovers(where):
    left = [path for path in (root / "home/.cache/dsctl/put").rglob("*")
            if path.name == "spool" or path.name.startswith("push-") or path.name == "store"]
    if left or list((root / "tmp").iterdir()):
        fail(where, f"left behind: {left} {list((root / 'tmp').iterdir())}")


def campaign(name, state, words, after_kill, after_again):
    counts = count_calls(words)
    chosen = points(counts)
    killed = 0
    for call, number in chosen:
        state.restore()
        killed += kill_at(words, call, number)
        where = f"{name} killed at {call} {number}"
        after_kill(where)
        again = run(*words, cwd=WORK, code=None)
        if again.returncode != 0:
            fail(where, f"again: exit {again.returncode} {again.stderr}")
        after_again(where)
        no_leftovers(where)
    state.restore()
    run(*words, cwd=WORK)
    if killed < len(chosen) // 2:
        fail(name, f"it was killed at {killed} of {len(chosen)} points only")
    return killed, len(chosen), sum(counts.values())


def edit_campaign(name, words, reference, wanted, subjects):
    """A command that changes a draft so that it equals the folder `wanted`."""
    state = State(name)
    before = draft(reference)
    run(*words, cwd=WORK)
    after = draft(reference)
    same(name, wanted, get(reference))
    state.restore()
    seen = {"before": 0, "after": 0}

    def after_kill(where):
        now = draft(reference)
        if now == after:
            seen["after"] += 1
            same(where, wanted, get(reference))
        elif now == before:
            seen["before"] += 1
            if before is not None:
                run("verify", reference, cwd=WORK)
        else:
            fail(where, f"the draft is {now}, before it was {before}, it is to be {after}")

    def after_again(where):
        if draft(reference) != after:
            fail(where, f"again: the draft is {draft(reference)}, not {after}")
        same(where, wanted, get(reference))
        run("verify", reference, cwd=WORK)
        if history(reference) != subjects:
            fail(where, f"again: its history is {history(reference)}")
    killed, tried, calls = campaign(name, state, words, after_kill, after_again)
    print(f"{name}: killed at {killed} of {tried} points in {calls} calls, then {seen['before']} drafts as before, {seen['after']} as "
          "they are to be", flush=True)


def export_campaign(name, words, dest, old, new):
    """A command that makes the folder or file `dest`, which is like `old` (nothing: it is not there), like `new`."""
    seen = {"old": 0, "new": 0, "absent": 0}

    def digest(path):
        if path.is_symlink():
            return os.readlink(path)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def versions(relative):
        return [digest(tree / relative if tree.is_dir() else tree) for tree in (old, new) if tree is not None]

    def after_kill(where):
        files = [dest] if new.is_file() else [new / path.relative_to(new) for path in new.rglob("*") if not path.is_dir()]
        for path in files:
            relative = pathlib.Path() if new.is_file() else path.relative_to(new)
            there = dest / relative
            if not there.is_symlink() and not there.exists():
                seen["absent"] += 1
                if old is not None and versions(relative)[0] is not None:
                    fail(where, f"{there} has gone")
                continue
            if digest(there) not in versions(relative):
                fail(where, f"{there} is neither the old nor the new file")
            seen["new" if digest(there) == versions(relative)[-1] else "old"] += 1

    def after_again(where):
        if new.is_file():
            if digest(dest) != digest(new):
                fail(where, f"again: {dest} is not what it is to be")
        else:
            same(where, new, dest)
    killed, tried, calls = campaign(name, State(name), words, after_kill, after_again)
    print(f"{name}: killed at {killed} of {tried} points in {calls} calls, then {seen['old']} files as before, {seen['new']} whole, "
          f"{seen['absent']} absent, none half", flush=True)


def make_source(folder, large):
    (folder / "sub").mkdir(parents=True)
    for number in range(20):
        (folder / f"sub/{number}").write_bytes(os.urandom(3000 + number))
    (folder / "large").write_bytes(large)
    (folder / "none").write_bytes(b"")
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("sub/1")
    (folder / "run.sh").write_bytes(b"#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)


def main():
    for part in ("home", "work", "tmp"):
        (root / part).mkdir(parents=True)
    large = os.urandom(6_000_000)
    make_source(WORK / "src", large)
    subprocess.run(["tar", "-C", str(WORK / "src"), "-cf", str(WORK / "src.tar"), "."], check=True)
    run("draft", "demo/cats:v1", "--new", cwd=WORK)
    (WORK / "base").write_bytes(os.urandom(20_000))
    run("put", "demo/cats:v1", "base", "-m", "Base", cwd=WORK)
    run("put", "demo/cats:v1", "base", "--to", "large", "-m", "Small", cwd=WORK)
    wanted = root / "wanted"
    subprocess.run(["cp", "-a", str(WORK / "src"), str(wanted)], check=True)
    subprocess.run(["cp", str(WORK / "base"), str(wanted / "base")], check=True)
    edit_campaign("put", ("put", "demo/cats:v1", "src/.", "-m", "Put"), "local/demo/cats:v1", wanted, ["Put", "Small", "Base"])
    # What the namespace has by now, so that it is found by samples; into a dataset that is not there.
    edit_campaign("import a folder", ("import", "src", "demo/folder:v1", "-m", "Import"), "local/demo/folder:v1", WORK / "src",
                  ["Import"])
    (WORK / "fresh").mkdir()
    make_source(WORK / "fresh/in", os.urandom(5_000_000))
    subprocess.run(["tar", "-C", str(WORK / "fresh"), "-czf", str(WORK / "fresh.tgz"), "."], check=True)
    edit_campaign("import an archive", ("import", "fresh.tgz", "demo/tar:v1", "-m", "Import"), "local/demo/tar:v1", WORK / "fresh",
                  ["Import"])
    export_campaign("export a folder", ("export", "demo/cats:v1", "out"), WORK / "out", None, wanted)
    # Another version over it.
    newer = root / "newer"
    subprocess.run(["cp", "-a", str(wanted), str(newer)], check=True)
    for name in ("large", "sub/3", "base"):
        (newer / name).write_bytes(os.urandom(200_000))
    run("put", "demo/cats:v1", f"{newer}/.", cwd=WORK)
    export_campaign("export over it", ("export", "demo/cats:v1", "out"), WORK / "out", wanted, newer)
    reference = root / "reference.tar"
    run("export", "demo/cats:v1", str(reference), cwd=WORK)
    export_campaign("export an archive", ("export", "demo/cats:v1", "out.tar"), WORK / "out.tar", None, reference)


try:
    main()
finally:
    clear(root)
