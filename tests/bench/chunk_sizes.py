#!/usr/bin/env python3
"""Compares chunk sizes: chunk_sizes.py INGEST_BENCH [--scale S] [--dir DIR] [--rounds N]

Stores evolving data sets (from a seed) with several (minimum, average, maximum) sizes of chunks, and prints for each what is
stored, how large the index is and how long it took, as a Markdown table. All versions of a set go into one store; `stored` is
the size of all packs, deduplicated and compressed, as a share of the raw bytes. The time is the median of N runs, in MB of raw
data a second: compare within one table only. INGEST_BENCH is the target `ingest_bench`.
"""
import argparse
import io
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import struct
import subprocess
import tarfile
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("ingest_bench")
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--dir", default="/var/tmp")
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()

VERSIONS = 5
SIZES = [(2, 8, 32), (4, 16, 64), (8, 32, 128), (16, 64, 256), (32, 128, 512), (64, 256, 1024)]  # KiB


def row(source, number):
    return (number, f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}", round(source.random() * 1000, 4), round(source.gauss(0, 1), 6),
            source.choice(("alpha", "beta", "gamma", "delta")), f"item {source.randrange(50000)} of the collection")


def tables(source, count):
    """Rows of each version: scattered edits, a block removed, a block inserted, rows appended."""
    rows = [row(source, number) for number in range(count)]
    for _ in range(VERSIONS):
        yield rows
        for _ in range(60):
            rows[source.randrange(len(rows))] = row(source, source.randrange(count))
        at = source.randrange(len(rows) - count // 200)
        del rows[at:at + count // 500]
        at = source.randrange(len(rows))
        rows[at:at] = [row(source, source.randrange(count)) for _ in range(count // 500)]
        rows.extend(row(source, len(rows) + number) for number in range(count // 100))


def csv_set(folder, source, scale):
    for version, rows in enumerate(tables(source, int(400_000 * scale))):
        (folder / f"{version}.csv").write_text("".join(",".join(map(str, values)) + "\n" for values in rows))


def jsonl_set(folder, source, scale):
    names = ("id", "day", "price", "score", "class", "title")
    for version, rows in enumerate(tables(source, int(200_000 * scale))):
        (folder / f"{version}.jsonl").write_text("".join(json.dumps(dict(zip(names, values))) + "\n" for values in rows))


def parquet_set(folder, source, scale):
    """Like Parquet: row groups of column chunks, dictionaries and plain doubles, a footer of offsets; a row group
    that does not change keeps its bytes."""
    group = 20_000
    for version, rows in enumerate(tables(source, int(600_000 * scale))):
        out, offsets = io.BytesIO(), []
        for begin in range(0, len(rows), group):
            part = rows[begin:begin + group]
            offsets.append(out.tell())
            out.write(struct.pack(f"<{len(part)}q", *(values[0] for values in part)))
            for column in (2, 3):
                out.write(struct.pack(f"<{len(part)}d", *(values[column] for values in part)))
            words = sorted({values[5] for values in part})
            place = {word: number for number, word in enumerate(words)}
            out.write(b"".join(struct.pack("<I", len(word)) + word.encode() for word in words))
            out.write(struct.pack(f"<{len(part)}I", *(place[values[5]] for values in part)))
        out.write(struct.pack(f"<{len(offsets)}Q", *offsets))
        (folder / f"{version}.parquet").write_bytes(out.getvalue())


def tar_set(folder, source, scale):
    """Archives of files between 1 and 60 KB, half of them text; some change, some come, some go."""
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 9))) for _ in range(4000)]

    def body():
        size = int(10 ** source.uniform(3, 4.8))
        return source.randbytes(size) if source.random() < 0.5 else " ".join(source.choices(words, k=size // 6)).encode()

    files = {f"data/{number:06}": body() for number in range(int(2500 * scale))}
    for version in range(VERSIONS):
        with tarfile.open(folder / f"{version}.tar", "w") as archive:
            for name in sorted(files):
                info = tarfile.TarInfo(name)
                info.size = len(files[name])
                archive.addfile(info, io.BytesIO(files[name]))
        names = sorted(files)
        for name in source.sample(names, len(names) // 100):
            files[name] = body()
        for name in source.sample(names, len(names) // 200):
            del files[name]
        for number in range(len(names) // 100):
            files[f"data/{source.randrange(1_000_000):06}-{version}-{number}"] = body()


def image_set(folder, source, scale):
    """Many incompressible files of 30 to 300 KB; a few are new in each version, and some have new metadata in front."""
    images = {number: source.randbytes(source.randrange(30_000, 300_000)) for number in range(int(300 * scale))}
    for version in range(VERSIONS):
        (folder / str(version)).mkdir()
        for number, data in images.items():
            (folder / str(version) / f"{number:05}.jpg").write_bytes(data)
        for number in source.sample(sorted(images), len(images) // 20):
            images[number] = b"\xff\xd8 tagged %d " % version * source.randint(1, 9) + images[number][2:]
        for number in range(len(images) // 20):
            images[1000 * (version + 1) + number] = source.randbytes(source.randrange(30_000, 300_000))


SETS = {"CSV": csv_set, "JSONL": jsonl_set, "Parquet-like": parquet_set, "tar": tar_set, "images": image_set}


def measure(folder, store, sizes):
    low, average, high = (size * 1024 for size in sizes)
    seconds, line = [], ""
    for _ in range(args.rounds):
        shutil.rmtree(store, ignore_errors=True)
        line = subprocess.run([args.ingest_bench, str(folder), str(store), f"min={low}", f"avg={average}", f"max={high}"],
                              capture_output=True, text=True, check=True).stdout
        seconds.append(float(re.search(r"MB: ([0-9.]+) s", line)[1]))
    index = int(subprocess.run(["du", "-sb", str(store / "index")], capture_output=True, text=True, check=True).stdout.split()[0])
    raw = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    packs = sum(path.stat().st_size for path in (store / "packs").iterdir())
    chunks = int(re.search(r"new ([0-9]+) objects", line)[1])
    shutil.rmtree(store)
    return raw, packs, index, chunks, raw / 1e6 / statistics.median(seconds)


def main():
    top = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-chunks.", dir=args.dir))
    try:
        print("| set | min/avg/max KiB | raw MB | stored MB | stored/raw | objects | index KB | MB/s |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        total = {sizes: [0.0, 0, 0] for sizes in SIZES}
        for seed, (name, make) in enumerate(SETS.items()):
            folder = top / name
            folder.mkdir()
            make(folder, random.Random(seed), args.scale)
            os.sync()
            for sizes in SIZES:
                raw, packs, index, chunks, speed = measure(folder, top / "store", sizes)
                label = "/".join(map(str, sizes))
                print(f"| {name} | {label} | {raw / 1e6:.1f} | {packs / 1e6:.2f} | {packs / raw:.4f} | {chunks} | "
                      f"{index / 1e3:.0f} | {speed:.0f} |", flush=True)
                total[sizes][0] += packs / raw
                total[sizes][1] += index
                total[sizes][2] += packs
            shutil.rmtree(folder)
        for sizes, (share, index, packs) in total.items():
            print(f"| all | {'/'.join(map(str, sizes))} | | {packs / 1e6:.2f} | {share / len(SETS):.4f} | | {index / 1e3:.0f} | |")
    finally:
        shutil.rmtree(top, ignore_errors=True)


main()
