#!/usr/bin/env python3
"""Faults of Ceph itself while dsctl pushes, on a cluster of this test's own.

s3_daemons.py DSCTL

The OSD stops for 3 s and for 30 s, it is killed and started again, radosgw is killed and started again, the cluster is full. dsctl
goes on by itself, or ends with an error that says what the matter is; then the same command completes. It never hangs, and what
is published afterwards is whole.
"""
import subprocess
import sys
import time

from s3_world import NOT_FOUND, RETRY, Failed, World

SIZE = 40_000_000
MIDDLE = 2.0  # seconds into a push of about 5 s: see limit-rate


def finish(world, name, folder):
    world.run("push", cwd=folder, timeout=30)
    world.run("publish", "--yes", cwd=folder, timeout=30)
    world.check_published(name, folder)


def begin(world, name, timeout):
    """A push that is under way. @returns (folder, process)"""
    folder = world.dataset(name, size=SIZE, seed=name)
    process = world.start("push", cwd=folder, timeout=timeout)
    time.sleep(MIDDLE)
    if process.poll() is not None:
        raise Failed(f"{name}: the push was over too early: {process.communicate()}")
    return folder, process


def goes_on(world, name, trouble, timeout):
    """The push lasts through the trouble by itself."""
    folder, process = begin(world, name, timeout)
    began = time.monotonic()
    trouble()
    world.end(process)
    print(f"{name}: pushed, {time.monotonic() - began:.1f} s after the trouble began", flush=True)
    finish(world, name, folder)


def ends_in_error(world, name, began, folder, process):
    """With a timeout of 3 s a push says soon that nothing moved."""
    done = world.end(process, (RETRY,))
    took = time.monotonic() - began
    said = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    print(f"{name}: exit {done.returncode} after {took:.1f} s: {said}", flush=True)
    reasons = ("nothing moved for 3 s", "did not answer for 3 s")
    if took > 40 or not any(reason in done.stderr for reason in reasons):
        raise Failed(f"{name}: not told soon that the server is silent: {done.stderr}")
    if "full or lacks daemons" not in done.stderr:
        raise Failed(f"{name}: not told what a write without an answer may mean: {done.stderr}")
    if "hint: " not in done.stderr:
        raise Failed(f"{name}: no way out is told: {done.stderr}")


def stop_for(world, seconds):
    def trouble():
        world.daemon("stop", "osd")
        time.sleep(seconds)
        world.daemon("cont", "osd")
    return trouble


def restart(world, name):
    def trouble():
        world.daemon("kill", name)
        time.sleep(1)
        world.daemon("start", name)
    return trouble


def silent_osd(world):
    folder, process = begin(world, "osd-silent", timeout=3)
    began = time.monotonic()
    world.daemon("stop", "osd")
    try:
        ends_in_error(world, "osd-silent", began, folder, process)
    finally:
        world.daemon("cont", "osd")
    finish(world, "osd-silent", folder)


def ceph(world, *words):
    return subprocess.run(["ceph", "--conf", world.cluster / "ceph.conf", *words], check=True, capture_output=True,
                          text=True).stdout


def set_full(world, *ratios):
    for what, ratio in zip(("nearfull", "backfillfull", "full"), ratios):
        ceph(world, "osd", f"set-{what}-ratio", str(ratio))


def full_cluster(world):
    """RGW says nothing of it: writes hang until there is room."""
    folder = world.dataset("full", size=SIZE, seed="full")
    set_full(world, 0.001, 0.0015, 0.002)
    try:
        while "OSD_FULL" not in ceph(world, "health", "detail"):  # within seconds, or ctest ends this
            time.sleep(0.2)
        began = time.monotonic()
        ends_in_error(world, "full", began, folder, world.start("push", cwd=folder, timeout=3))
        world.run("resolve", "demo/full:v1", codes=(NOT_FOUND,), home="stranger")
    finally:
        set_full(world, 0.85, 0.9, 0.95)
    finish(world, "full", folder)


def main():
    with World(sys.argv[1], own=True) as world:
        world.run("config", "set", "--global", "registry.lab.limit-rate", "8M")
        full_cluster(world)
        goes_on(world, "osd-stopped-3", stop_for(world, 3), timeout=60)
        goes_on(world, "osd-stopped-30", stop_for(world, 30), timeout=60)
        silent_osd(world)
        goes_on(world, "osd-killed", restart(world, "osd"), timeout=30)
        goes_on(world, "rgw-killed", restart(world, "rgw"), timeout=30)


main()
