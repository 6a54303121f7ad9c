#!/usr/bin/env python3
"""Times a mount beside raw reads of the same files, in one run: mount.py DSCTL [--files N] [--large MIB] [--registry URL]

A dataset of N small files and one large file of random bytes is published, mounted, and read:

  first byte   from `dsctl mount` to the first byte of a random file; cold: nothing in the cache, warm: what the cold run left
  cat          the large file; cold: from the registry, cached: from dsctl's cache on disk after a new mount, warm: from the
               kernel's; raw: the local file, from disk (cold, cached) or the kernel's cache (warm)
  find         all names with their sizes; raw: the local folder, its names in memory
  4 KiB        random reads of the large file by 1 and 16 readers, on a fresh mount whose cache has it; raw: the local file

`processor` is what the mount's process used meanwhile: the figure to look at on a busy machine. A ratio is time over raw
time; below 1 the mount is faster. `memory` is the largest anonymous memory of the mount's process. Without --registry, a
folder is the registry.
"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("dsctl")
parser.add_argument("--files", type=int, default=100000)
parser.add_argument("--large", type=int, default=1024, help="MiB")
parser.add_argument("--reads", type=int, default=4000)
parser.add_argument("--registry")
parser.add_argument("--dir", default="/var/tmp")
args = parser.parse_args()

dsctl = os.path.abspath(args.dsctl)
top = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-mount.", dir=args.dir))
source, target = top / "source", top / "mnt"
env = dict(os.environ, HOME=str(top / "home"), DSCTL_NO_INPUT="1", DSCTL_NAMESPACE="demo",
           DSCTL_CACHE_DIR=str(top / "cache"))
(top / "home").mkdir()
draw = random.Random(1)
peak_kib = 0
used = 0.0


def run(*words, cwd=top):
    return subprocess.run([dsctl, *words], cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def mount():
    run("mount", "bench:v1", str(target))


def server():
    """The process behind the mount."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(target).encode() in (process / "cmdline").read_bytes():
                return process
        except OSError:
            pass
    return None


def cpu():
    """Seconds of processor time that the mount's process has had."""
    process = server()
    fields = (process / "stat").read_text().rsplit(") ", 1)[1].split() if process else [0] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def unmount():
    global peak_kib
    process = server()
    if process:
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        peak_kib = max(peak_kib, int(status["VmHWM"].split()[0]) - int(status["RssFile"].split()[0]))
    run("unmount", str(target))


def timed(action):
    global used
    before, start = cpu(), time.monotonic()
    action()
    seconds = time.monotonic() - start
    used = max(cpu() - before, 0)
    return seconds


def read_all(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 17):
            pass


def forget(path):
    """Leaves nothing of a local file in the kernel's cache."""
    os.sync()
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def names(path):
    subprocess.run(["find", str(path), "-name", ".dsctl", "-prune", "-o", "-printf", "%s %p\n"], check=True,
                   stdout=subprocess.DEVNULL)


def random_reads(path, readers):
    size = os.path.getsize(path)
    places = [draw.randrange(size - 4096) & ~4095 for _ in range(args.reads)]

    def work(mine):
        with open(path, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            for at in mine:
                os.pread(file.fileno(), 4096, at)

    threads = [threading.Thread(target=work, args=(places[i::readers],)) for i in range(readers)]
    return timed(lambda: [[t.start() for t in threads], [t.join() for t in threads]])


def row(name, seconds, raw=None, size=None):
    rate = f"{size / seconds / 2**20:.0f} MiB/s" if size else ""
    ratio = f"{seconds / raw:.2f}" if raw else ""
    print(f"| {name} | {seconds * 1000:.1f} ms | {rate} | {ratio} | {used * 1000:.0f} ms |", flush=True)


try:
    source.mkdir()
    for i in range(args.files):
        folder = source / f"train/class-{i // 1000:04}"
        if i % 1000 == 0:
            folder.mkdir(parents=True)
        (folder / f"{i:07}.txt").write_bytes(draw.randbytes(draw.randrange(200, 4000)))
    with open(source / "large.bin", "wb") as file:
        for _ in range(args.large):
            file.write(draw.randbytes(1 << 20))
    run("init", "-q", "--name", "bench", cwd=source)
    if args.registry:
        run("registry", "add", "bench", args.registry)
        run("registry", "default", "bench")
    run("add", "-A", ".", "--progress=none", cwd=source)
    run("commit", "-q", "-m", "All", cwd=source)
    run("publish", "-q", "--yes", "--progress=none", cwd=source)

    large, size = source / "large.bin", args.large << 20
    some = f"train/class-{args.files // 2000:04}/{args.files // 2:07}.txt"
    print(f"{args.files} files, {args.large} MiB in one\n\n| | time | rate | ratio | processor |\n|---|---|---|---|---|")

    def first_byte():
        mount()
        with open(target / some, "rb") as file:
            file.read(1)

    row("first byte, cold", timed(first_byte))
    unmount()
    row("first byte, warm", timed(first_byte))
    forget(large)
    cold_raw = timed(lambda: read_all(large))
    warm_raw = timed(lambda: read_all(large))
    row("cat, cold", timed(lambda: read_all(target / "large.bin")), cold_raw, size)
    row("cat, warm", timed(lambda: read_all(target / "large.bin")), warm_raw, size)
    unmount()
    mount()
    row("cat, cached", timed(lambda: read_all(target / "large.bin")), cold_raw, size)
    names(source)
    find_raw = timed(lambda: names(source))
    row("find, cold", timed(lambda: names(target)), find_raw)
    row("find, warm", timed(lambda: names(target)), find_raw)
    for readers in (1, 16):
        forget(large)
        raw = random_reads(large, readers)
        unmount()
        mount()
        row(f"4 KiB, {readers} readers", random_reads(target / "large.bin", readers), raw, args.reads * 4096)
    unmount()
    print(f"\nmemory: {peak_kib / 1024:.0f} MiB; {run('cache', 'info').strip()}")
finally:
    subprocess.run(["umount", "-l", str(target)], stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["chattr", "-R", "-i", str(top)], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(top, ignore_errors=True)
