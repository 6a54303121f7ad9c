#!/usr/bin/env python3
"""kill -9 of put, import and export at their requests to a real RGW, and what is left.

s3_direct.py DSCTL S3_PROXY [POINTS]   POINTS per command and way: default 6; 0 for every request

As s3_kills.py does it: the request and all that come later are held, dsctl is killed, and the held ones are dropped or carried out
after all. The draft is then as it was before or as it is to be, never half of it; of an export every object that is there is whole
(large ones go in parts). The same command, run again, completes.
"""
import json
import os
import shutil
import subprocess
import sys

from s3_kills import kill_at
from s3_world import DONE, NOT_FOUND, TESTS, Failed, Proxy, World, make_files, read_variables


def draft(name):
    """In a namespace of its own, so that no samples of others are read and each run has as many requests."""
    return f"{name}/data:v1"


def make_source(world, name, seed, size=6_000_000):
    folder = make_files(world.root / "sources" / name, size, seed)
    (folder / "none").write_bytes(b"")
    (folder / "empty").mkdir()
    return folder


def state(world, name):
    """The tree and commit of a draft; nothing while there is none, or an empty one."""
    done = world.run("resolve", "--json", draft(name), codes=(DONE, NOT_FOUND), home="judge")
    seen = json.loads(done.stdout) if done.returncode == DONE else {"commit": None}
    return None if seen["commit"] is None else (seen["tree"], seen["commit"])


def check_draft(world, name, source, subjects):
    """The draft is like `source`, has every byte of it, and that history."""
    got = world.root / "got"
    world.run("get", "-q", draft(name), "-o", str(got), home="judge")
    world.same(source, got)
    shutil.rmtree(got)
    clone = world.root / "clones" / name
    world.run("clone", "-q", "--no-checkout", draft(name), str(clone), home="judge")
    found = world.subjects(clone, home="judge")
    if found != subjects:
        raise Failed(f"{name}: its history is {found}, not {subjects}")
    shutil.rmtree(clone)


class Put:
    """Onto a draft that has something already."""
    name = "put"
    subjects = ["Put", "Base"]

    def __init__(self, world):
        self.world = world
        self.seen = {"before": 0, "after": 0}

    def prepare(self, name, seed):
        self.before = None
        self.source = make_source(self.world, name, seed)
        self.make_draft(name)
        self.before = state(self.world, name)

    def make_draft(self, name):
        base = self.world.root / "base"
        base.write_bytes(b"base")
        self.world.run("draft", draft(name), "--new")
        self.world.run("put", draft(name), str(base), "--to", "large", "-m", "Base")

    def words(self, name):
        return ("put", draft(name), f"{self.source}/.", "-m", "Put")

    def after_kill(self, name):
        now = state(self.world, name)
        if now == self.before:
            self.seen["before"] += 1
        else:
            self.seen["after"] += 1
            check_draft(self.world, name, self.source, self.subjects)

    def after_again(self, name):
        check_draft(self.world, name, self.source, self.subjects)
        self.world.run("verify", "lab/" + draft(name), home="judge")
        shutil.rmtree(self.source)


class Import(Put):
    """Into a dataset that is not there."""
    name = "import"
    subjects = ["Import"]

    def make_draft(self, name):
        pass

    def words(self, name):
        return ("import", str(self.source), draft(name), "-m", "Import")


class ImportKnown(Import):
    """Of what another dataset of the namespace has."""
    name = "import-known"

    def prepare(self, name, seed):
        super().prepare(name, seed)
        self.world.run("import", str(self.source), f"{name}/sender:v1")


class Export:
    """To plain objects, one of them in parts."""
    name = "export"

    def __init__(self, world):
        self.world = world
        self.seen = {"whole": 0, "absent": 0}
        self.bucket = "plain-" + os.urandom(6).hex()
        cluster = read_variables(world.cluster / "env")
        subprocess.run([sys.executable, TESTS / "ceph/s3.py", "-s", "20.", "PUT", f"/{self.bucket}"], check=True,
                       stdout=subprocess.DEVNULL, env=dict(os.environ, **cluster))
        self.source = make_source(world, "exported", "exported", size=20_000_000)
        world.run("import", str(self.source), "demo/exported:v1")

    def prepare(self, name, seed):
        pass

    def words(self, name):
        return ("export", "demo/exported:v1", f"s3://{self.bucket}/{name}")

    def fetch(self, name, times):
        """What is there, as import takes it, which checks each object against the SHA-256 that it bears."""
        got = self.world.root / "got"
        reference = f"demo/seen-{name}-{times}:v1"
        done = self.world.run("import", "-q", f"s3://{self.bucket}/{name}", reference, codes=(DONE, NOT_FOUND), home="judge")
        if done.returncode == DONE:
            self.world.run("get", "-q", reference, "-o", str(got), home="judge")
        else:
            got.mkdir()
        return got

    def after_kill(self, name):
        got = self.fetch(name, 1)
        for path in self.source.rglob("*"):
            if path.is_dir():
                continue
            there = got / path.relative_to(self.source)
            if not there.is_symlink() and not there.exists():
                self.seen["absent"] += 1
            elif path.is_symlink() or there.read_bytes() == path.read_bytes():
                self.seen["whole"] += 1
            else:
                raise Failed(f"{there.relative_to(got)} was exported in part")
        shutil.rmtree(got)

    def after_again(self, name):
        got = self.fetch(name, 2)
        self.world.same(self.source, got)
        shutil.rmtree(got)


def main():
    points = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    with World(sys.argv[1]) as world:
        proxy = Proxy(sys.argv[2], world.rgw_port)
        for command in (Put(world), Import(world), ImportKnown(world), Export(world)):
            command.prepare("counted-" + command.name, command.name)
            proxy.tell("none")
            world.run(*command.words("counted-" + command.name), endpoint=proxy.endpoint)
            total = int(proxy.tell("count"))
            command.after_again("counted-" + command.name)
            chosen = range(total) if points == 0 or total <= points else [i * (total - 1) // (points - 1) for i in range(points)]
            killed = 0
            for way in ("drop", "deliver"):
                for number in chosen:
                    name = f"{command.name}-{way}-{number}"
                    command.prepare(name, name)
                    try:
                        killed += kill_at(world, proxy, number, way, command.words(name), world.root)
                        command.after_kill(name)
                        world.run(*command.words(name))
                        command.after_again(name)
                    except Failed as failed:
                        raise Failed(f"{command.name} killed at request {number} ({way}): {failed}") from None
            if killed < len(chosen):
                raise Failed(f"{command.name}: only {killed} of {2 * len(chosen)} were killed")
            print(f"{command.name}: {killed} kills at {len(chosen)} of {total} requests, held ones dropped or delivered; then "
                  + ", ".join(f"{count} {what}" for what, count in command.seen.items()) + ", none half", flush=True)
        proxy.close()


main()
