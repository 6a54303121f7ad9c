#!/usr/bin/env python3
"""Benchmarks transfers against a real Ceph RGW in one run: rgw.py BUILD [--scale S] [--only WORD] [--dir DIR] [--rounds N]

BUILD is a build folder (build/release) with `dsctl` and `raw_s3` (ninja raw_s3) in it. Starts a cluster of tests/ceph, and
measures on it, in turn: the bare loop of PUT or GET at the best object size and number of connections, rclone, and dsctl:
push and clone of one large file and of many small ones; push and publish of 10 changed files of many; import of data the
namespace has already. Whole processes with a final sync where something is stored here; medians. --scale 0.01 tries it out.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import bench
import cluster

parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--only", default="")
parser.add_argument("--dir", default="/var/tmp")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--connections", type=int, default=8)
args = parser.parse_args()

DSCTL = os.path.abspath(args.build) + "/cli/dsctl"
RAW = os.path.abspath(args.build) + "/tests/bench/raw_s3"
top = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-rgw.", dir=args.dir))
env = cluster.clean_env(top / "home")
(top / "home").mkdir()


def run(command, cwd=top, **more):
    return subprocess.run(command, cwd=cwd, env={**env, **more}, check=True, capture_output=True, text=True)


def timed(command, cwd=top, rounds=args.rounds, before=None, **more):
    return bench.timed_rounds(command, cwd, {**env, **more}, rounds, before)


rows = []


def row(workload, step, program, runs, base=None, note=""):
    seconds = bench.median(runs)
    ratio = f"{base / seconds:.2f}" if base else ""
    line = f"| {workload} | {step} | {program} | {seconds:.2f} | {ratio} | {bench.peak(runs):.0f} | {note} |"
    rows.append(line)
    print(line, flush=True)
    return seconds


def raw(direction, file, total, workload, step):
    """The best of several object sizes and numbers of connections, then measured like the others."""
    best = None
    for megabytes in (4, 16, 32, 64):
        for connections in (1, 2, 4, 8):
            command = ceph.raw(RAW, direction, megabytes, connections, file)
            bench.warm_memory()
            seconds = float(run(command).stdout.split()[0])
            if best is None or seconds < best[0]:
                best = (seconds, command, megabytes, connections)
    runs = timed(best[1])
    return row(workload, step, "bare loop", runs, None, f"{best[2]} MiB objects, {best[3]} connections, {total / bench.median(runs) / 1e6:.0f} MB/s")


def requests(runs):
    """What the last run said of its requests, under DSCTL_TRACE."""
    found = re.search(r"trace: registry [^:]*: (.*)", runs[-1].said)
    return found.group(1) if found else "not counted"


def dataset(name, source):
    bench.fresh(source / ".dsctl")
    run([DSCTL, "init", "-q", "--name", name, "--registry", "rgw"], cwd=source)
    run([DSCTL, "add", "-A", "."], cwd=source)
    run([DSCTL, "commit", "-q", "-m", "x"], cwd=source)


def one_copy():
    """@returns where settings lie with which large files are not kept in the store as well"""
    folder = top / "one-copy"
    shutil.copytree(top / "home/.config", folder, dirs_exist_ok=True)
    with open(folder / "dsctl/config", "a", encoding="ascii") as config:
        config.write("[store]\n\tlarge-files = reference\n")
    return folder


def transfer(workload, source, file):
    """Push and clone of a folder, beside the bare loop over as many bytes and rclone."""
    total = file.stat().st_size
    up = raw("put", str(file), total, workload, "up")
    plain = f":s3:plain-{bench.slug(workload)}-"
    runs = []
    for number in range(args.rounds):
        run(ceph.rclone("mkdir", f"{plain}{number}"))
        runs += timed(ceph.rclone("copy", "--transfers", str(args.connections), "--exclude", ".dsctl/**", str(source), f"{plain}{number}"), rounds=1)
    row(workload, "up", "rclone", runs, up)
    runs = []
    for number in range(args.rounds):
        # A namespace a round: what it has already is not sent again.
        dataset(f"round{number}/push{bench.slug(workload)}", source)
        runs += timed([DSCTL, "push", "-q"], cwd=source, rounds=1, DSCTL_TRACE="1")
    row(workload, "push", "dsctl", runs, up, requests(runs))

    scratch = top / "down.bin"
    with open(scratch, "wb") as out:
        out.truncate(total)
    down = raw("get", str(scratch), total, workload, "down")
    scratch.unlink()
    fresh = lambda: bench.fresh(top / "down")
    row(workload, "down", "rclone", timed(ceph.rclone("copy", "--transfers", str(args.connections), f"{plain}0", str(top / "down")), before=fresh), down)
    clone = [DSCTL, "clone", "-q", f"rgw/round0/push{bench.slug(workload)}:v1", str(top / "down")]
    row(workload, "clone", "dsctl", timed(clone, before=fresh), down)
    row(workload, "clone, one copy (store.large-files = reference)", "dsctl", timed(clone, before=fresh, XDG_CONFIG_HOME=str(one_copy())), down)
    row(workload, "get", "dsctl", timed([DSCTL, "get", "-q", f"rgw/round0/push{bench.slug(workload)}:v1", "-o", str(top / "down")], before=fresh), down)
    fresh()
    direct(workload, source, up)


def direct(workload, source, up):
    """What works without a checkout: put of the folder, import of the plain files that rclone wrote, export of a version."""
    name = bench.slug(workload)
    runs = []
    for number in range(args.rounds):
        version = f"rgw/put{number}/{name}:v1"
        run([DSCTL, "draft", "--new", version])
        runs += timed([DSCTL, "put", "-q", version, f"{source}/."], rounds=1, DSCTL_TRACE="1")
    row(workload, "put", "dsctl", runs, up, requests(runs))
    runs = []
    for number in range(args.rounds):
        runs += timed([DSCTL, "import", "-q", f"s3://plain-{name}-{number}", f"rgw/import{number}/{name}:v1"], rounds=1, DSCTL_TRACE="1")
    row(workload, "import of plain files from a bucket", "dsctl", runs, None, requests(runs))
    runs = []
    for number in range(args.rounds):
        run(ceph.rclone("mkdir", f":s3:export-{name}-{number}"))
        export = [DSCTL, "export", "-q", f"rgw/round0/push{name}:v1", f"s3://export-{name}-{number}"]
        runs += timed(export, rounds=1)
    row(workload, "export as plain files to a bucket", "dsctl", runs, up)
    row(workload, "export again, nothing differs", "dsctl", timed(export))
    command = ceph.rclone("copy", "--transfers", str(args.connections), "--exclude", ".dsctl/**", str(source), f":s3:plain-{name}-0")
    row(workload, "up again, nothing differs", "rclone", timed(command))


def again(workload, source):
    """The same data as another dataset of the namespace."""
    dataset(f"round0/again{bench.slug(workload)}", source)
    runs = timed([DSCTL, "push", "-q"], cwd=source, rounds=1, DSCTL_TRACE="1")
    row(workload, "push of what the namespace has", "dsctl", runs, None, requests(runs))


def small_change(count):
    source = bench.fresh(top / "tiny")
    bench.make_small(source, count, 200)
    workload = f"{count} files of 200 bytes"
    dataset("tiny", source)
    row(workload, "push", "dsctl", timed([DSCTL, "push", "-q"], cwd=source, rounds=1))
    run([DSCTL, "publish", "-q", "--yes"], cwd=source)
    run([DSCTL, "draft", "v2", "--inherit", "v1"], cwd=source)
    files = sorted(source.glob("*/*.bin"))
    picked = [files[i * len(files) // 10] for i in range(10)]
    for path in picked:
        path.write_bytes(path.read_bytes() + b"changed")
    run([DSCTL, "add", *(str(path.relative_to(source)) for path in picked)], cwd=source)
    run([DSCTL, "commit", "-q", "-m", "ten"], cwd=source)
    for verb in (["push", "-q"], ["publish", "-q", "--yes"]):
        runs = timed([DSCTL, *verb], cwd=source, rounds=1, DSCTL_TRACE="1")
        row(workload, f"{verb[0]} of 10 changes", "dsctl", runs, None, requests(runs))
    bench.fresh(source)


def main():
    print(f"{bench.machine()}, scale {args.scale}, medians of {args.rounds}; ratio: rate in units of the bare loop\n")
    print("| workload | step | program | seconds | rate to bare loop | MiB | notes |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for megabytes in (4, 16, 32, 64):
        run(ceph.rclone("mkdir", f":s3:raw{megabytes}"))
    run([DSCTL, "registry", "init", "rgw", env["CEPH_ENDPOINT"] + "/bench", "--retention", "governance"])
    if args.only in "big":
        source = bench.fresh(top / "big")
        source.mkdir()
        size = int((2 << 30) * args.scale)
        bench.make_big(source / "data.bin", size)
        transfer(f"one file of {size >> 20} MiB", source, source / "data.bin")
        again(f"one file of {size >> 20} MiB", source)
        bench.fresh(source)
    if args.only in "small":
        source = bench.fresh(top / "small")
        count = int(50_000 * args.scale)
        bench.make_small(source, count, 12 * 1024)
        whole = top / "small.bin"
        run(["bash", "-c", f"find {source} -name '*.bin' -print0 | sort -z | xargs -0 cat >{whole}"])
        transfer(f"{count} files of 12 KiB", source, whole)
        again(f"{count} files of 12 KiB", source)
        whole.unlink()
        bench.fresh(source)
    if args.only in "tiny":
        small_change(int(1_000_000 * args.scale))


# What is overwritten stays for two hours: at full scale some 40 GiB.
ceph = cluster.Cluster(top / "ceph", env, 8 + int(56 * args.scale))
try:
    main()
finally:
    ceph.close()
    shutil.rmtree(top, ignore_errors=True)
