#!/usr/bin/env python3
"""Times a mount beside raw reads of the same files, in one run: mount.py BUILD [--files N] [--large MIB] [--folder] [--rclone]

BUILD is a build folder (build/release) with `dsctl` and `raw_s3` in it. A dataset of N small files and one large file of
random bytes is published to a Ceph of tests/ceph (--folder: to a registry in a folder), mounted, and read:

  requests     that a mount makes until it is there, and those that one byte of a random file needs beyond them
  first byte   from `dsctl mount` to the first byte of a random file; cold: nothing in the cache, warm: what the cold run left
  cat          the large file; cold: from the registry, to the bare loop of GET into a new file (raw_s3.cpp; --folder: to the local
               file, from disk), medians of --rounds both;
               cached: from the mount's own cache on disk after a new mount, to the local file from disk; warm: from the kernel's, to
               the local file from the kernel's
  find         all names with their sizes; cold: to the local folder after its names were forgotten (which only root can ask for),
               warm: to the local folder with its names in memory
  4 KiB        random reads of the large file by 1 and 16 readers on a fresh mount whose cache has it, to the local file

--rclone measures `rclone mount` over a plain copy of the same files, too; its cache holds whole files as dsctl's does. A ratio is
rate in units of the raw rate, above 1 the mount is faster; of `find` it is time to time. `processor` is what the mount's process
used meanwhile; `memory` its largest anonymous memory.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

import bench
import cluster

parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--files", type=int, default=100000)
parser.add_argument("--large", type=int, default=1024, help="MiB")
parser.add_argument("--reads", type=int, default=4000)
parser.add_argument("--rounds", type=int, default=3, help="of what is compared with the registry")
parser.add_argument("--folder", action="store_true")
parser.add_argument("--rclone", action="store_true")
parser.add_argument("--dir", default="/var/tmp")
args = parser.parse_args()

DSCTL = os.path.abspath(args.build) + "/cli/dsctl"
RAW = os.path.abspath(args.build) + "/tests/bench/raw_s3"
top = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-mount.", dir=args.dir))
source, target = top / "source", top / "mnt"
env = dict(cluster.clean_env(top / "home"), DSCTL_CACHE_DIR=str(top / "cache"))
(top / "home").mkdir()
target.mkdir()
draw = random.Random(1)
SOME = f"train/class-{args.files // 2000:04}/{args.files // 2:07}.txt"


def run(*words, cwd=top):
    return subprocess.run(words, cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


class Dsctl:
    name = "dsctl"

    def mount(self):
        run(DSCTL, "mount", "bench:v1", str(target))

    def unmount(self):
        run(DSCTL, "unmount", str(target))


class Rclone:
    name = "rclone"

    def __init__(self, ceph):
        self.ceph = ceph
        run(*ceph.rclone("mkdir", ":s3:plain"))
        run(*ceph.rclone("copy", "-q", "--transfers", "16", "--exclude", ".dsctl/**", str(source), ":s3:plain"))

    def mount(self):
        run(*self.ceph.rclone("mount", ":s3:plain", str(target), "--read-only", "--daemon", "--vfs-cache-mode", "full",
                              "--dir-cache-time", "24h", "--cache-dir", str(top / "rclone")))

    def unmount(self):
        run("fusermount3", "-u", str(target))
        while server():
            time.sleep(0.01)


def server():
    """The process behind the mount."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if int(process.name) != os.getpid() and str(target).encode() in words and b"mount" in words:
                return process
        except OSError:
            pass
    return None


def cpu(process):
    """Seconds of processor time that the mount's process has had."""
    fields = (process / "stat").read_text().rsplit(") ", 1)[1].split() if process else [0] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(process):
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return (int(status["VmHWM"].split()[0]) - int(status["RssFile"].split()[0])) / 1024


def read_all(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 17):
            pass


def forget(path):
    """Leaves nothing of a local file, or of what a mount wrote, in the kernel's cache."""
    os.sync()
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    for each in files:
        with open(each, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def names(path):
    subprocess.run(["find", str(path), "-name", ".dsctl", "-prune", "-o", "-printf", "%s %p\n"], check=True,
                   stdout=subprocess.DEVNULL)


def forget_names():
    """Empties the kernel's cache of names and attributes; whether it may."""
    try:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("2")
        return True
    except OSError:
        return False


def random_reads(path, readers):
    size = os.path.getsize(path)
    places = [draw.randrange(size - 4096) & ~4095 for _ in range(args.reads)]

    def work(mine):
        with open(path, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            for at in mine:
                os.pread(file.fileno(), 4096, at)

    threads = [threading.Thread(target=work, args=(places[i::readers],)) for i in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def seconds(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def first_byte(kind):
    kind.mount()
    with open(target / SOME, "rb") as file:
        file.read(1)


def make_files():
    for i in range(args.files):
        folder = source / f"train/class-{i // 1000:04}"
        if i % 1000 == 0:
            folder.mkdir(parents=True)
        (folder / f"{i:07}.txt").write_bytes(draw.randbytes(draw.randrange(200, 4000)))
    bench.make_big(source / "large.bin", args.large << 20)


def publish(registry_words):
    if registry_words:
        run(DSCTL, "registry", "init", "rgw", *registry_words)
        run(DSCTL, "registry", "default", "rgw")
    run(DSCTL, "init", "-q", "--name", "bench", cwd=source)
    run(DSCTL, "add", "-A", ".", "--progress=none", cwd=source)
    run(DSCTL, "commit", "-q", "-m", "All", cwd=source)
    run(DSCTL, "publish", "-q", "--yes", "--progress=none", cwd=source)


def counted(action):
    """The registry requests of a mount in the foreground during which that happened, all caches empty."""
    shutil.rmtree(top / "cache", ignore_errors=True)
    process = subprocess.Popen([DSCTL, "mount", "--foreground", "bench:v1", str(target)], cwd=top, env={**env, "DSCTL_TRACE": "1"},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not os.path.ismount(target):
        time.sleep(0.01)
    action()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    return sum(int(number) for number in re.findall(r"trace: registry [^:]*: (\d+) requests", said))


def print_requests():
    def one_byte():
        with open(target / SOME, "rb") as file:
            file.read(1)

    opened = counted(lambda: None)
    print(f"requests: {opened} until the mount is there, {counted(one_byte) - opened} more to one byte of a random file\n")
    shutil.rmtree(top / "cache", ignore_errors=True)


class Raw:
    """What the mounts are compared with."""

    def __init__(self, ceph):
        self.large = source / "large.bin"
        bench.warm_memory()
        forget(self.large)
        self.disk = seconds(lambda: read_all(self.large))
        self.memory = seconds(lambda: read_all(self.large))
        self.registry = self.bare_loop(ceph) if ceph else self.disk
        self.find_cold = None
        if forget_names():
            self.find_cold = seconds(lambda: names(source))
        names(source)
        self.find = seconds(lambda: names(source))
        self.random = {}
        for readers in (1, 16):
            forget(self.large)
            self.random[readers] = seconds(lambda: random_reads(self.large, readers))

    def bare_loop(self, ceph):
        run(*ceph.rclone("mkdir", ":s3:raw16"))
        run(*ceph.raw(RAW, "put", 16, 4, str(self.large)))
        scratch = top / "down.bin"
        with open(scratch, "wb") as out:
            out.truncate(self.large.stat().st_size)

        def get(connections):
            bench.warm_memory()
            return float(run(*ceph.raw(RAW, "get", 16, connections, str(scratch))).split()[0])

        best = min((2, 4, 8), key=get)
        took = statistics.median(get(best) for _ in range(args.rounds))
        scratch.unlink()
        return took


def measure(kind, raw):
    size = args.large << 20
    peak = 0

    def row(step, action, base=None, total=None, inverse=False, rounds=1, between=None):
        runs = []
        for number in range(rounds):
            if number:
                between()
            bench.warm_memory()
            before = cpu(server())
            took = seconds(action)
            runs.append((took, cpu(server()) - before))
        took, used = sorted(runs)[rounds // 2]
        rate = f"{total / took / 2**20:.0f}" if total else ""
        ratio = f"{(took / base if inverse else base / took):.2f}" if base else ""
        print(f"| {step} | {kind.name} | {took * 1000:.1f} | {rate} | {ratio} | {used * 1000:.0f} |", flush=True)

    def again():
        nonlocal peak
        peak = max(peak, peak_mib(server()))
        kind.unmount()

    large = target / "large.bin"
    row("first byte, cold", lambda: first_byte(kind))
    again()
    row("first byte, warm", lambda: first_byte(kind))

    def as_new():
        again()
        shutil.rmtree(top / "cache", ignore_errors=True)
        shutil.rmtree(top / "rclone", ignore_errors=True)
        kind.mount()

    row("cat, cold", lambda: read_all(large), raw.registry, size, rounds=args.rounds, between=as_new)
    row("cat, warm", lambda: read_all(large), raw.memory, size, rounds=args.rounds, between=lambda: None)
    again()
    forget(top / "cache")
    forget(top / "rclone")
    kind.mount()
    row("cat, cached", lambda: read_all(large), raw.disk, size)
    row("find, cold", lambda: names(target), raw.find_cold, inverse=True)
    row("find, warm", lambda: names(target), raw.find, inverse=True)
    for readers in (1, 16):
        again()
        forget(top / "cache")
        forget(top / "rclone")
        kind.mount()
        row(f"4 KiB, {readers} readers", lambda: random_reads(large, readers), raw.random[readers], args.reads * 4096)
    again()
    print(f"| memory, MiB | {kind.name} | {peak:.0f} | | | |", flush=True)


def main(ceph):
    make_files()
    publish([env["CEPH_ENDPOINT"] + "/bench", "--retention", "governance"] if ceph else [])
    print(f"{bench.machine()}; {args.files} files, {args.large} MiB in one, registry {'on Ceph' if ceph else 'in a folder'}\n")
    print_requests()
    raw = Raw(ceph)
    print("| step | program | ms | MiB/s | rate to raw (find: time to raw) | processor, ms |\n|---|---|---|---|---|---|", flush=True)
    print(f"| the file, from the registry | raw | {raw.registry * 1000:.0f} | {args.large / raw.registry:.0f} | | |")
    print(f"| the file, from disk | raw | {raw.disk * 1000:.0f} | {args.large / raw.disk:.0f} | | |")
    print(f"| the file, from memory | raw | {raw.memory * 1000:.0f} | {args.large / raw.memory:.0f} | | |")
    if raw.find_cold:
        print(f"| find, cold | raw | {raw.find_cold * 1000:.0f} | | | |")
    print(f"| find, warm | raw | {raw.find * 1000:.0f} | | | |")
    measure(Dsctl(), raw)
    if args.rclone and ceph:
        measure(Rclone(ceph), raw)


ceph = None if args.folder else cluster.Cluster(top / "ceph", env, 8 + args.large * 6 // 1024 + args.files // 50000)
try:
    main(ceph)
finally:
    subprocess.run(["umount", "-l", str(target)], stderr=subprocess.DEVNULL, check=False)
    if ceph:
        ceph.close()
    subprocess.run(["chattr", "-R", "-i", str(top)], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(top, ignore_errors=True)
