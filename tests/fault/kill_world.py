"""What the tests share that kill dsctl at its system calls: a home with the embedded registry and a folder, both saved and
brought back, and strace, which counts the calls of a command and kills it at one of them.

A script's arguments are DSCTL [POINTS], POINTS per command: 0 for every call.
"""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

DSCTL = os.path.abspath(sys.argv[1])
POINTS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat",
         "mkdir", "mkdirat", "openat", "ftruncate", "fchmod", "chmod", "ioctl", "sync_file_range")

root = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-kill.", dir=os.environ.get("TMPDIR", "/tmp")))
env = dict(os.environ, HOME=str(root / "home"), DSCTL_NOW="2026-01-02T03:04:05Z", DSCTL_AUTHOR_NAME="Ada",
           DSCTL_AUTHOR_EMAIL="ada@example.org", DSCTL_NAMESPACE="demo", DSCTL_NO_INPUT="1", NO_COLOR="1",
           TMPDIR=str(root / "tmp"))
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DSCTL_REGISTRY", "DSCTL_DIR"):
    env.pop(name, None)


def run(*words, cwd, code=0):
    done = subprocess.run([DSCTL, *words], cwd=cwd, env=env, capture_output=True, text=True)
    if code is not None and done.returncode != code:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def unlock(path):
    subprocess.run(["chattr", "-R", "-i", str(path)], capture_output=True)


def clear(path):
    if path.exists():
        unlock(path)
        shutil.rmtree(path)


class State:
    """HOME (with the embedded registry) and the work tree, saved and brought back."""

    def __init__(self, name):
        self.saved = root / f"saved-{name.replace(' ', '-')}"
        shutil.copytree(root / "home", self.saved / "home", symlinks=True)
        shutil.copytree(root / "work", self.saved / "work", symlinks=True)

    def restore(self):
        for part in ("home", "work"):
            clear(root / part)
            subprocess.run(["cp", "-a", str(self.saved / part), str(root / part)], check=True)


def count_calls(words):
    """How often the busiest thread makes each call: strace counts a thread's own when it is told when to kill."""
    log = root / "strace.log"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=" + ",".join(CALLS), "-o", str(log), DSCTL, *words],
                   cwd=root / "work", env=env, check=True, capture_output=True)
    threads = collections.Counter()
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match:
            threads[match.groups()] += 1
    counts = {}
    for (_, call), count in threads.items():
        counts[call] = max(count, counts.get(call, 0))
    return counts


def points(counts):
    """Calls to be killed at: POINTS of them, spread over all."""
    every = [(call, n) for call, total in sorted(counts.items()) for n in range(1, total + 1)]
    if POINTS == 0 or len(every) <= POINTS:
        return every
    return [every[i * len(every) // POINTS] for i in range(POINTS)]


def kill_at(words, call, number):
    """@returns whether it was killed there (else it had ended before)"""
    done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                           f"inject={call}:signal=SIGKILL:when={number}", DSCTL, *words],
                          cwd=root / "work", env=env, capture_output=True)
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
