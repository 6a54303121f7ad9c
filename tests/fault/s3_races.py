#!/usr/bin/env python3
"""Races for one draft and for one name.

s3_races.py DSCTL [ROUNDS]   ROUNDS of pushes each: default 2, and 1 of the 32

Last, pushers and a collector with a grace period of 20 s: the garbage goes, and nothing that anybody reaches.

At each step of a draft exactly one of 2, 8, 32 pushers wins; the losers are told so, pull, and try again. The history that is left
has every winner's commit once, in the order of the wins. Of as many publishers of one name exactly one digest wins.
"""
import json
import random
import sys
import time

from s3_world import CONFLICT, DONE, Failed, World


def all_at_once(world, words, folders, codes, **how):
    """@returns how each ended"""
    # A debug build on a busy machine takes its time with 32 of them.
    processes = [world.start(*words, cwd=folder, timeout=60, **how) for folder in folders]
    return [world.end(process, codes, seconds=300) for process in processes]


def clones(world, name, many, reference):
    folders = [world.root / "work" / f"{name}-{number}" for number in range(many)]
    for folder in folders:
        world.run("clone", "-q", reference, str(folder))
    return folders


def commit_own(world, folder, number, text):
    (folder / f"own-{number}").write_text(text, encoding="ascii")
    world.run("add", "-A", ".", cwd=folder)
    world.run("commit", "-q", "-m", text, cwd=folder)


def race_pushers(world, many, rounds):
    name = f"pushers-{many}"
    world.run("push", cwd=world.dataset(name, size=100_000))
    folders = clones(world, name, many, f"demo/{name}:v1")
    winners = []
    for step in range(rounds):
        for number, folder in enumerate(folders):
            if winners:
                world.run("pull", cwd=folder)
            commit_own(world, folder, number, f"step {step} by {number}")
        done = all_at_once(world, ("push",), folders, (DONE, CONFLICT))
        won = [number for number, one in enumerate(done) if one.returncode == DONE]
        if len(won) != 1:
            raise Failed(f"{many} pushers, step {step}: {len(won)} won: {[(o.returncode, o.stdout, o.stderr) for o in done]}")
        if any("moved" not in one.stderr for one in done if one.returncode == CONFLICT):
            raise Failed(f"a loser was not told why: {[one.stderr for one in done]}")
        winners.append(f"step {step} by {won[0]}")
        # What all others see now is the winner's, and beneath it all who won before.
        seen = world.root / "clones" / f"{name}-{step}"
        world.run("clone", "-q", f"demo/{name}:v1", str(seen), home="reader")
        world.same(folders[won[0]], seen)
        history = world.subjects(seen)
        if history[0] != winners[-1] or [s for s in history if s in winners] != winners[::-1]:
            raise Failed(f"{many} pushers: won {winners}, but the history is {history}")
    print(f"{many} pushers: {rounds} steps, one winner each", flush=True)


def race_publishers(world, many, alike):
    name = f"publishers-{many}-{'alike' if alike else 'own'}"
    world.run("push", cwd=world.dataset(name, size=100_000))
    folders = clones(world, name, many, f"demo/{name}:v1")
    if not alike:
        for number, folder in enumerate(folders):
            commit_own(world, folder, number, f"by {number}")
    done = all_at_once(world, ("publish", "--yes"), folders, (DONE,) if alike else (DONE, CONFLICT))
    digest = world.digest(f"demo/{name}:v1", home="reader")
    told = {line.split()[-1] for one in done for line in one.stdout.splitlines() if "digest " in line}
    if told != {digest}:
        raise Failed(f"{many} publishers were told of {told}, readers of {digest}")
    won = [number for number, one in enumerate(done) if one.returncode == DONE]
    if not alike and len(won) != 1:
        raise Failed(f"{many} publishers: {len(won)} won: {[(o.returncode, o.stdout, o.stderr) for o in done]}")
    seen = world.root / "clones" / name
    world.run("clone", "-q", f"demo/{name}:v1", str(seen), home="reader")
    world.same(folders[won[0]], seen)
    world.run("verify", f"demo/{name}:v1", home="reader")
    print(f"{many} publishers of {'the same' if alike else 'their own'}: {len(won)} done, one digest", flush=True)


GRACE = 20  # seconds, and the collector needs three of them to remove something


def race_collector(world, many):
    gc = ("gc", "--registry", "lab", "--namespace", "demo", "--grace", f"{GRACE}s", "--json")
    dropped = world.dataset("dropped", size=100_000, seed="dropped")
    world.run("push", cwd=dropped)
    world.run("drop", "-y", "lab/demo/dropped:v1")
    # Each pushes to a dataset of its own in the one namespace, so that the packs of all are looked at.
    folders = [world.dataset(f"collected-{number}", size=100_000, seed=f"c{number}") for number in range(many)]
    removed = pushes = 0
    end = time.monotonic() + 4 * GRACE
    while time.monotonic() < end or (removed == 0 and time.monotonic() < end + 4 * GRACE):
        for number, folder in enumerate(folders):
            (folder / "changed").write_bytes(random.Random(f"{number} {pushes}").randbytes(20_000))
            commit_own(world, folder, number, f"{pushes} by {number}")
        began = time.monotonic()
        collector = world.start(*gc, timeout=60)
        all_at_once(world, ("push",), folders, (DONE,))
        if time.monotonic() - began > GRACE * 0.7:
            raise Failed("this machine is too busy to judge: the pushes took as long as the grace period")
        done = json.loads(world.end(collector, (DONE,)).stdout)
        removed += sum(one["removed"] for one in done["namespaces"])
        pushes += 1
    if removed == 0:
        raise Failed("the collector removed nothing")
    for number, folder in enumerate(folders):
        world.check_clone(f"collected-{number}", folder, home="reader")
        world.run("publish", "--yes", cwd=folder, timeout=60)
        world.run("verify", f"demo/collected-{number}:v1", home="reader")
    for name in ("pushers-8", "publishers-8-own"):
        world.run("get", "-q", f"demo/{name}:v1", "-o", str(world.root / "got" / name), home="reader")
    print(f"{many} pushers and a collector: {pushes} rounds, {removed} objects removed, all that is reached is whole", flush=True)


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with World(sys.argv[1]) as world:
        for many in (2, 8, 32):
            race_pushers(world, many, 1 if many == 32 and len(sys.argv) < 3 else rounds)
        for many in (2, 8, 32):
            race_publishers(world, many, alike=False)
        race_publishers(world, 8, alike=True)
        race_collector(world, 4)


main()
