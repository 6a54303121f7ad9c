#!/usr/bin/env python3
"""Benchmarks dsctl against its peers, in turn, in one run: run.py DSCTL [--scale S] [--only WORD] [--dir DIR] [--rounds N]

Data come from a seed. Every row is a whole process, timed from outside, with a final sync of the file system included where
something is stored; peak memory is the largest anonymous memory of the process (VmHWM less file-mapped pages, sampled).
Printed as a Markdown table: medians, ratios to `cp -r` + sync (or `find`), and for dsctl the budget of the row and whether
it was met; budgets that compare with the best peer follow once all peers have run. Budgets in milliseconds are those of the
full size. --scale 0.01 tries it out quickly. Peers that are not installed are left out (tests/install-packages bench).
"""
import argparse
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile

import bench

parser = argparse.ArgumentParser()
parser.add_argument("dsctl")
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--only", default="")
parser.add_argument("--dir", default="/var/tmp")
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()

DSCTL = os.path.abspath(args.dsctl)
top = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-bench.", dir=args.dir))
env = dict(os.environ, HOME=str(top / "home"), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
           BORG_RELOCATED_REPO_ACCESS_IS_OK="yes", RESTIC_PASSWORD="x", DSCTL_NO_INPUT="1", DSCTL_NAMESPACE="demo",
           GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
(top / "home").mkdir()


def timed(command, cwd, sync=True):
    return bench.timed(command, cwd, env, sync)


def size_of(path):
    return int(subprocess.run(["du", "-s", "--apparent-size", "--block-size=1", str(path)], capture_output=True,
                              text=True, check=True).stdout.split()[0])


def fresh(name):
    return bench.fresh(top / name)


def settle(path):
    subprocess.run(f"find {path} -type f -print0 | xargs -0 -r cat >/dev/null", shell=True, check=True)
    os.sync()


# ---- peers: name -> (prepare, store a folder, stored bytes). Each stores all that is in `source`.
def peers(source):
    def dsctl():
        fresh("dsctl-meta")
        bench.fresh(source / ".dsctl")
        subprocess.run([DSCTL, "init", "-q", "--name", "bench"], cwd=source, env=env, check=True, capture_output=True)

    def wipe_git():
        bench.fresh(source / ".git")
        subprocess.run(["git", "init", "-q"], cwd=source, env=env, check=True)

    def restic():
        subprocess.run(["restic", "init", "-q", "-r", str(fresh("restic"))], env=env, check=True, capture_output=True)

    def borg():
        subprocess.run(["borg", "init", "-e", "none", str(fresh("borg"))], env=env, check=True, capture_output=True)

    number = [0]

    def tag():
        number[0] += 1
        return number[0]

    exclude = "--exclude .dsctl --exclude .git"
    table = {
        "cp -r": (lambda: fresh("copy"), lambda: f"cp -r {source} {top}/copy", lambda: 0),
        "dsctl": (dsctl, lambda: f"{DSCTL} add -A . && {DSCTL} commit -q --allow-empty -m x", lambda: size_of(source / ".dsctl")),
        "git": (wipe_git, lambda: "git add -A . && git commit -q --allow-empty -m x", lambda: size_of(source / ".git")),
        "restic": (restic, lambda: f"restic backup -q {exclude} -r {top}/restic .", lambda: size_of(top / "restic")),
        "borg": (borg, lambda: f"borg create {' '.join(['--exclude */.dsctl --exclude */.git'])} {top}/borg::{tag()} .",
                 lambda: size_of(top / "borg")),
        "casync": (lambda: (fresh("casync"), (top / "casync").mkdir()),
                   lambda: f"casync make --store={top}/casync/store {top}/casync/{tag()}.caidx {source} >/dev/null",
                   lambda: size_of(top / "casync")),
    }
    (source / ".borgignore").unlink(missing_ok=True)
    return {name: row for name, row in table.items() if name in ("dsctl", "cp -r") or shutil.which(name)}


MAX_RSS = 256  # MiB, of every command of dsctl
verdicts = []


def verdict(what, value, limit, unit=""):
    """Notes a budget and whether it was met; the words for the table."""
    met = value <= limit
    verdicts.append((what, met))
    return f"≤ {limit:g}{unit}: {'met' if met else '**missed**'}"


def report(workload, step, name, runs, base=None, size=None, ratio_limit=None, ms_limit=None):
    """One row. ratio_limit: of seconds to `base`; ms_limit: milliseconds."""
    seconds = statistics.median(run.seconds for run in runs)
    ratio = f"{seconds / base:.2f}" if base else ""
    rss = max(run.rss for run in runs)
    stored = f"{size / 1e6:.1f}" if size else ""
    judged = []
    if name == "dsctl":
        if ratio_limit and base:
            judged.append(verdict(f"{workload}, {step}", seconds / base, ratio_limit, " ×"))
        if ms_limit:
            judged.append(verdict(f"{workload}, {step}", seconds * 1000, ms_limit, " ms"))
        judged.append(verdict(f"{workload}, {step}, memory", rss, MAX_RSS, " MiB"))
    print(f"| {workload} | {step} | {name} | {seconds:.3f} | {ratio} | {rss:.0f} | {stored} | {'; '.join(judged)} |", flush=True)
    return seconds


def compare(workload, seconds, stored, time_limit, size_limit):
    """dsctl against the best of the peers. `cp -r` is no peer: it keeps no versions."""
    others = [name for name in seconds if name not in ("dsctl", "cp -r")]
    if not others or "dsctl" not in seconds:
        return
    fastest = min(others, key=seconds.get)
    if time_limit:
        share = seconds["dsctl"] / seconds[fastest]
        print(f"| {workload} | time to the best peer | dsctl to {fastest} |  | {share:.2f} |  |  | "
              f"{verdict(workload + ', time to the best peer', share, time_limit, ' ×')} |", flush=True)
    smallest = min(others, key=stored.get)
    share = stored["dsctl"] / stored[smallest]
    print(f"| {workload} | stored, to the best peer | dsctl to {smallest} |  | {share:.4f} |  |  | "
          f"{verdict(workload + ', stored to the best peer', round(share, 4), size_limit, ' ×')} |", flush=True)


def store_workload(workload, source, limit=None, peer_limit=None, leave_out=()):
    """add + commit by every peer, each into a new store, in turn; for dsctl also what comes after it.
    limit: of add + commit to cp; peer_limit: to the best peer."""
    settle(source)
    base = None
    times, sizes = {}, {}
    for name, (prepare, store, stored) in peers(source).items():
        if name in leave_out:
            continue
        for folder in (".dsctl", ".git"):
            if folder != "." + name:
                bench.fresh(source / folder)
        runs = []
        for _ in range(args.rounds):
            prepare()
            os.sync()
            runs.append(timed(store(), source))
        sizes[name] = stored()
        seconds = times[name] = report(workload, "add + commit", name, runs, base, sizes[name], ratio_limit=limit)
        base = base or seconds
        if name == "dsctl":
            report(workload, "status", "dsctl", [timed(f"{DSCTL} status -s", source, sync=False) for _ in range(args.rounds)],
                   statistics.median(timed("find . -printf '%s %T@\\n' >/dev/null", source, sync=False).seconds
                                     for _ in range(args.rounds)), ratio_limit=1.5)
            checkout(workload, source, base)
            second_version(workload, source)
    compare(workload, times, sizes, peer_limit, 1.0)
    bench.fresh(source / ".dsctl")
    bench.fresh(source / ".git")


def checkout(workload, source, base):
    """Writes all files from the local store into an empty work tree. The store is in memory, as the files are for cp."""
    runs = []
    for _ in range(args.rounds):
        work = fresh("checkout")
        work.mkdir()
        shutil.move(str(source / ".dsctl"), str(work / ".dsctl"))
        settle(work / ".dsctl")
        runs.append(timed(f"{DSCTL} restore .", work))
        shutil.move(str(work / ".dsctl"), str(source / ".dsctl"))
    fresh("checkout")
    report(workload, "checkout", "dsctl", runs, base, ratio_limit=1.3)


def second_version(workload, source):
    """Ten changed files, added by name and committed."""
    files = sorted(path for path in source.rglob("*") if path.is_file() and ".dsctl" not in path.parts)
    picked = [files[i * len(files) // 10] for i in range(10)] if len(files) >= 10 else files
    adds, commits = [], []
    for number in range(args.rounds):
        for path in picked:
            with open(path, "ab") as out:
                out.write(b"%d\n" % number)
        names = " ".join(str(path.relative_to(source)) for path in picked)
        adds.append(timed(f"{DSCTL} add {names}", source, sync=False))
        commits.append(timed(f"{DSCTL} commit -q -m again", source, sync=False))
    few = len(picked) == 10  # else the file itself takes its time
    report(workload, f"add of {len(picked)} paths", "dsctl", adds, ms_limit=100 if few else None)
    report(workload, f"commit of {len(picked)} changes", "dsctl", commits, ms_limit=50)
    report(workload, "diff of two versions", "dsctl",
           [timed(f"{DSCTL} diff --name-status HEAD~1 HEAD", source, sync=False) for _ in range(args.rounds)], ms_limit=20)


def csv_versions(folder, rows_count):
    """Six versions: 100 scattered edits and rows_count/120 rows appended each."""
    source_random = random.Random(3)
    categories = ["alpha", "beta", "gamma", "delta"]

    def row(number):
        return (f"{number},2024-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z,"
                f"{source_random.random() * 1000:.4f},{source_random.gauss(0, 1):.6f},"
                f"{source_random.choice(categories)},item {source_random.randrange(50000)} of the collection\n")

    lines = [row(number) for number in range(rows_count)]
    for version in range(6):
        if version:
            for _ in range(100):
                lines[source_random.randrange(len(lines))] = row(source_random.randrange(len(lines)))
            lines.extend(row(number) for number in range(len(lines), len(lines) + rows_count // 120))
        (folder / "table.csv").write_text("".join(lines))
        yield version


def csv_workload():
    rows_count = int(2_900_000 * args.scale)
    times, sizes, workload = {}, {}, ""
    for name in ("dsctl", "git", "restic", "borg", "casync"):
        source = fresh("csv")
        source.mkdir()
        table = peers(source)
        if name not in table:
            continue
        prepare, store, stored = table[name]
        prepare()
        runs, raw = [], 0
        for _ in csv_versions(source, rows_count):
            raw += (source / "table.csv").stat().st_size
            os.sync()
            runs.append(timed(store(), source))
        total = bench.Run(sum(run.seconds for run in runs), max(run.rss for run in runs))
        workload = f"CSV, 6 versions, {raw / 1e6:.0f} MB"
        sizes[name] = stored()
        times[name] = report(workload, "add + commit", name, [total], None, sizes[name])
        bench.fresh(source)
    compare(workload, times, sizes, None, 0.8)


def main():
    print(f"{bench.machine()}, scale {args.scale}, "
          f"medians of {args.rounds}\n")
    print("| workload | step | program | seconds | to cp+sync (status: to find) | MiB | stored MB | budget |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    if args.only in "small":
        source = fresh("small")
        bench.make_small(source, int(50_000 * args.scale), 12 * 1024)
        store_workload(f"{int(50_000 * args.scale)} files of 12 KiB", source, limit=1.0, peer_limit=0.25)
        bench.fresh(source)
    if args.only in "big":
        source = fresh("big")
        source.mkdir()
        bench.make_big(source / "data.bin", int((2 << 30) * args.scale))
        store_workload(f"one file of {int(2048 * args.scale)} MiB, random", source, limit=1.5, peer_limit=0.33)
        bench.fresh(source)
    if args.only in "tiny":
        source = fresh("tiny")
        bench.make_small(source, int(1_000_000 * args.scale), 200)
        store_workload(f"{int(1_000_000 * args.scale)} files of 200 bytes", source, leave_out=("casync", "git"))
        bench.fresh(source)
    if args.only in "csv":
        csv_workload()
    missed = [what for what, met in verdicts if not met]
    print(f"\n{len(verdicts) - len(missed)} of {len(verdicts)} budgets met" + (": not " + "; ".join(missed) if missed else ""))


try:
    main()
finally:
    shutil.rmtree(top, ignore_errors=True)
