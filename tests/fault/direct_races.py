#!/usr/bin/env python3
"""put and import against a running collector with a short grace period: the garbage goes, and nothing that anybody reaches.

direct_races.py DSCTL folder|ceph [ROUNDS]   at least ROUNDS of them: default 4 over a folder, 2 on Ceph

In each round a collector starts in the middle of: puts on drafts that go on from round to round, and imports of what other datasets
had sent that are dropped by now, so that samples lead into packs which are about to go. In every other round there is no grace at
all: then a command may say that it is to be run again. After each round what was imported is read back, and everything at the end.
"""
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from s3_world import DONE, RETRY, Failed, World

IMPORTS = 6  # a round, about the collector


class Folder(World):
    """The same over a registry in a folder."""

    def __init__(self, dsctl):  # pylint: disable=super-init-not-called
        self.dsctl = os.path.abspath(dsctl)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-races.", dir=os.environ.get("TMPDIR", "/var/tmp")))
        self.own = False
        self.endpoint = ""
        self.keys = {}
        self.run("registry", "init", "lab", str(self.root / "lab"))


class Race:
    def __init__(self, world, grace):
        self.world = world
        self.grace = grace  # seconds: all that runs in a round must take less
        self.wanted = {}    # by dataset and version: the folder it must be like
        self.removed = self.rounds = self.retried = 0

    def collector(self, grace):
        return self.world.start("gc", "--registry", "lab", "--namespace", "demo", "--grace", f"{grace}s", "--json", timeout=60)

    def collected(self, process):
        done = json.loads(self.world.end(process, (DONE,)).stdout)
        self.removed += sum(one["removed"] for one in done["namespaces"])

    def folder(self, name):
        folder = self.world.root / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def begin(self):
        for number in range(2):
            self.world.run("draft", f"demo/put-{number}:v1", "--new")
            self.wanted[f"put-{number}:v1"] = self.folder(f"put-{number}")

    def round(self):
        at = self.rounds
        self.rounds += 1
        source = random.Random(f"round {at}")
        # Sent and dropped: each as much as makes an import ask the samples.
        known = [self.folder(f"known-{at}-{i}") for i in range(IMPORTS)]
        began = time.monotonic()
        for i, folder in enumerate(known):
            (folder / "large").write_bytes(source.randbytes(5_000_000))
            for number in range(40):
                (folder / f"small-{number}").write_bytes(source.randbytes(20_000))
            self.world.run("import", str(folder), f"demo/sender-{i}:v{at}")
        takes = (time.monotonic() - began) / IMPORTS
        for i in range(IMPORTS):
            self.world.run("drop", "-y", "--force", f"lab/demo/sender-{i}:v{at}")
        grace = 0 if at % 2 else self.grace
        if grace:
            time.sleep(grace + 1)  # what is younger is not condemned
        began = time.monotonic()
        racing = []
        for number in range(2):
            file = self.wanted[f"put-{number}:v1"] / f"file-{at}"
            file.write_bytes(source.randbytes(30_000))
            racing.append(self.world.start("put", f"demo/put-{number}:v1", str(file), timeout=60))
        for i, folder in enumerate(known):
            racing.append(self.world.start("import", str(folder), f"demo/again-{i}:v{at}", timeout=60))
            if i == IMPORTS // 2:
                time.sleep(takes * source.random())
                collectors = [self.collector(grace)]
                if not grace:  # what the first one condemned is removed by these
                    for _ in range(3):
                        self.collected(collectors.pop())
                        collectors.append(self.collector(grace))
            time.sleep(takes * source.random() / 2)
        for process in racing:
            if self.world.end(process, (DONE,) if grace else (DONE, RETRY)).returncode == RETRY:
                self.retried += 1
                self.world.run(*process.args[1:])
        if grace and time.monotonic() - began > self.grace * 0.7:
            raise Failed("this machine is too busy to judge: the round took as long as the grace period")
        self.collected(collectors.pop())
        for i, folder in enumerate(known):
            self.wanted[f"again-{i}:v{at}"] = folder
        self.check(f":v{at}")

    def check(self, some=""):
        for name, wanted in self.wanted.items():
            if not name.endswith(some):
                continue
            got = self.world.root / "got"
            self.world.run("get", "-q", f"demo/{name}", "-o", str(got), home="reader")
            self.world.same(wanted, got)
            shutil.rmtree(got)

    def finish(self):
        """What is condemned by now goes, and all that is reached is there and can be published."""
        time.sleep(self.grace)
        for _ in range(3):
            self.collected(self.collector(self.grace))
            time.sleep(self.grace)
        self.check()
        for name in self.wanted:
            self.world.run("verify", f"lab/demo/{name}", home="reader")
        self.world.run("publish", "--yes", "demo/put-0:v1", timeout=60)
        self.world.run("verify", "lab/demo/put-0:v1", home="reader")
        if self.removed == 0:
            raise Failed("the collector removed nothing")


def main():
    ceph = sys.argv[2] == "ceph"
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 2 if ceph else 4
    with World(sys.argv[1]) if ceph else Folder(sys.argv[1]) as world:
        race = Race(world, 10 if ceph else 3)
        race.begin()
        while race.rounds < rounds:
            race.round()
        race.finish()
        print(f"2 puts, {IMPORTS} imports of what was dropped, and collectors: {race.rounds} rounds, {race.removed} objects removed, "
              f"{race.retried} commands run again, all that is reached is whole", flush=True)


main()
