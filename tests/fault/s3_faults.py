#!/usr/bin/env python3
"""dsctl through the fault proxy: push, publish, clone and get under every kind of fault.

s3_faults.py DSCTL S3_PROXY [SEEDS]   SEEDS per kind of fault: default 1; and 8 times as many single requests

First the first copy of every request meets the fault, then a seeded part of all requests, at last single requests. Every command ends in
bounded time, and either has done its work or says what failed, with an exit code for that. Once the faults are over the same command
succeeds; what is published then has the digest that it had here, and a stranger's clone is equal to the source.
"""
import json
import shutil
import sys

from s3_world import CORRUPT, DONE, FAILURE, RETRY, Failed, Proxy, World

FAULTS = ("status-500", "status-503", "status-429", "drop-request", "slow-first-byte", "trickle", "reset-body", "short-body",
          "short-length", "wrong-bytes", "wrong-range", "repeated-page", "endless-body", "reply-lost",
          "late-500")
# What a command may say of them: not now, or not sure; and what it got is damaged.
HONEST = (DONE, RETRY, CORRUPT, FAILURE)


def is_true(world, name, folder, command):
    """What a command reported done is so at that moment, not only after the next one. @raises Failed"""
    seen = json.loads(world.run("resolve", "--json", f"demo/{name}:v1", home="judge").stdout)
    mine = world.run("rev-parse", "HEAD", cwd=folder).stdout.strip()
    state = "draft" if command == "push" else "published"
    if (seen["state"], seen["commit"]) != (state, mine):
        raise Failed(f"{command} of {name} reported done, and the registry has {seen['state']} {seen['commit']}, not {state} {mine}")


def campaign(world, proxy, name, rule, count):
    """@returns how many commands ended in an error"""
    folder = world.dataset(name)
    failures = 0

    def try_it(*words, **how):
        nonlocal failures
        proxy.tell(rule)
        done = world.run(*words, codes=HONEST, seconds=90, endpoint=proxy.endpoint, timeout=2, **how)
        count["requests"] += int(proxy.tell("count"))
        count[done.returncode] = count.get(done.returncode, 0) + 1
        proxy.tell("none")
        failures += done.returncode != DONE
        if done.returncode:
            said = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
            print(f"  {rule}: dsctl {words[0]}: exit {done.returncode}: {said}", flush=True)
        return done.returncode == DONE

    for words in (("push",), ("publish", "--yes")):
        if try_it(*words, cwd=folder):
            is_true(world, name, folder, words[0])
        world.run(*words, cwd=folder, endpoint=proxy.endpoint)
    world.check_published(name, folder)
    clone = world.root / "clone"
    for words in (("clone", f"demo/{name}:v1", str(clone)), ("get", f"demo/{name}:v1", "-o", str(clone))):
        if not try_it(*words, home="reader-" + name):
            world.run(*words, endpoint=proxy.endpoint, home="reader-" + name)
        world.same(folder, clone)
        shutil.rmtree(clone)
    return failures


def spoil_single(world, proxy, fault, points):
    """One request of push or publish meets the fault, wherever it is; the command after it finds nothing wrong."""
    for command, words in (("push", ("push",)), ("publish", ("publish", "--yes"))):
        number = 0
        total = None
        while total is None or number < total:
            name = f"{command}-{fault}-{number}"
            folder = world.dataset(name)
            if command == "publish":
                world.run("push", cwd=folder)
            proxy.tell(f"at {number} {fault} {number * 7 % 10}")
            done = world.run(*words, codes=HONEST, seconds=90, endpoint=proxy.endpoint, timeout=2, cwd=folder)
            total = max(total or 0, int(proxy.tell("count"))) if done.returncode == DONE else total or 60
            proxy.tell("none")
            if done.returncode == DONE:
                is_true(world, name, folder, command)
            world.run(*words, cwd=folder)
            if command == "push":
                world.run("publish", "--yes", cwd=folder)
            world.check_published(name, folder)
            if done.returncode:
                said = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
                print(f"  {fault} at request {number} of {command}: exit {done.returncode}: {said}", flush=True)
            number += max(1, total // points)


def main():
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    count = {"requests": 0}
    with World(sys.argv[1]) as world:
        proxy = Proxy(sys.argv[2], world.rgw_port)
        for fault in FAULTS:
            campaign(world, proxy, f"first-{fault}", f"first {fault} 5", count)
            for seed in range(seeds):
                campaign(world, proxy, f"seed{seed}-{fault}", f"seeded {seed} 150 {fault}", count)
        for seed in range(seeds):
            campaign(world, proxy, f"seed{seed}-all", f"seeded {seed} 100 {','.join(FAULTS)}", count)
        for fault in ("wrong-bytes", "short-length", "reply-lost", "late-500"):
            spoil_single(world, proxy, fault, 8 * seeds)
        proxy.close()
    print(f"{count}: nothing wrong")


main()
