"""What the benchmarks share: data from a seed, whole processes timed from outside, peak memory."""
import mmap
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import threading
import time


class Run:
    """Seconds, the largest anonymous memory in MiB (VmHWM less file-mapped pages, sampled), and what stderr said."""

    def __init__(self, seconds, rss, said=""):
        self.seconds, self.rss, self.said = seconds, rss, said


def median(runs):
    return statistics.median(run.seconds for run in runs)


def peak(runs):
    return max(run.rss for run in runs)


def anonymous_kib(pid):
    """Anonymous memory of a process and its children, right now."""
    total = 0
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1])
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                total += anonymous_kib(child)
    except (OSError, ValueError):
        pass
    return total


def warm_memory(limit=8 << 30):
    """Touches free memory, so that a virtual machine's host has pages behind it.

    A host takes back what its guest leaves free for some seconds; the next one to touch it pays up to five times as much for a page, and
    whether that is `cp` or dsctl is chance."""
    free = next(int(line.split()[1]) << 10 for line in open("/proc/meminfo") if line.startswith("MemFree:"))
    size = min(limit, free - (1 << 30))
    if size > 0:
        mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()


def timed(command, cwd, env, sync=True):
    """Runs a command (words, or a line for the shell), with a final sync of the file systems inside the time."""
    warm_memory()
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, env=env, shell=isinstance(command, str), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    highest = 0
    done = threading.Event()

    def sample():
        nonlocal highest
        while not done.wait(0.05):  # oftener, watching costs what is to be measured
            highest = max(highest, anonymous_kib(process.pid))

    watcher = threading.Thread(target=sample)
    watcher.start()
    err = process.stderr.read()
    code = process.wait()
    if sync:
        os.sync()
    seconds = time.monotonic() - start
    done.set()
    watcher.join()
    if code != 0:
        raise SystemExit(f"{command}: exit {code}: {err.decode(errors='replace')[-500:]}")
    return Run(seconds, highest / 1024, err.decode(errors="replace"))


def timed_rounds(command, cwd, env, rounds, before=None):
    runs = []
    for _ in range(rounds):
        if before:
            before()
        os.sync()
        runs.append(timed(command, cwd, env))
    return runs


few_files = 1000


def fresh(path):
    """Frees a path. What lies there goes if it is few files, else it is moved aside: ext4 does not give the inodes of files that were
    removed lately to new ones and passes over them one by one, which makes creating files after a removal up to ten times as slow."""
    path = pathlib.Path(path)
    if not path.exists():
        return path
    many = next((True for number, _ in enumerate(path.rglob("*")) if number >= few_files), False)
    if many:
        aside = path.parent / "aside"
        aside.mkdir(exist_ok=True)
        path.rename(aside / str(len(os.listdir(aside))))
    else:
        shutil.rmtree(path)
    return path


def slug(words):
    """A dataset name for a workload."""
    return re.sub("[^a-z0-9]+", "", words.lower())


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{platform.node()}: {cpu}, {os.cpu_count()} cores, Linux {platform.release()}"


def make_small(folder, count, size, per_folder=1000):
    """Half of the files random, half of words."""
    source = random.Random(1)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 9))) for _ in range(5000)]
    for number in range(count):
        if number % per_folder == 0:
            (folder / f"{number // per_folder:05}").mkdir(parents=True)
        if number % 2:
            body = source.randbytes(size)
        else:
            body = b" ".join(source.choices(words, k=size // 6))[:size]
        (folder / f"{number // per_folder:05}" / f"{number:08}.bin").write_bytes(body)


def make_big(path, size):
    source = random.Random(2)
    with open(path, "wb") as out:
        while size > 0:
            block = source.randbytes(min(size, 1 << 20))
            out.write(block)
            size -= len(block)
