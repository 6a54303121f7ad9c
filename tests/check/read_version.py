#!/usr/bin/env python3
"""An independent reader of what dsctl keeps, written from docs/format.md alone.

    read_version.py registry FOLDER NS/NAME:VERSION OUT     a published version out of a folder registry
    read_version.py checkout FOLDER REVISION OUT            a commit out of FOLDER/.dsctl (a git revision)

Checks every hash and sum on the way, rebuilds tree, manifest and digest from the entries, writes the files to OUT and prints the
digest. Nothing of dsctl is used: Python's standard library, libzstd and, for a checkout, git.
"""
import ctypes
import ctypes.util
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

CHUNK, RECIPE, PART, TREE, LAYOUT, SEGMENT, HISTORY = range(1, 8)
FILE, EXECUTABLE, LINK, FOLDER = range(1, 5)
MODES = {FILE: b"100644", EXECUTABLE: b"100755", LINK: b"120000", FOLDER: b"040000"}
NO_PACK = bytes(32)


def need(holds, why):
    if not holds:
        sys.exit(f"read_version: {why}")


def sha256(data):
    return hashlib.sha256(data).digest()


def make_crc_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


CRC_TABLE = list(make_crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
ZSTD.ZSTD_decompress.restype = ctypes.c_size_t
ZSTD.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


def unzstd(data, size):
    out = ctypes.create_string_buffer(max(size, 1))
    need(ZSTD.ZSTD_decompress(out, size, data, len(data)) == size, "a zstd frame does not decode to its length")
    return out.raw[:size]


class Bytes:
    """Takes a binary format apart; nothing may be left over."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(self.at + n <= len(self.data), "an object is cut off")
        self.at += n
        return self.data[self.at - n:self.at]

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(byte or not shift, "a varint is not in its shortest form")
                need(value < 1 << 64, "a varint has more than 64 bits")
                return value
            shift += 7

    def string(self):
        return self.take(self.varint())

    def is_at(self, *wanted):
        need(self.take(len(wanted)) == bytes(wanted), f"an object does not begin with {bytes(wanted).hex()}")

    def end(self):
        need(self.at == len(self.data), "bytes are left over")


# Frames and packs

def decode_frame(source):
    """(kind, objects as (hash or recipe key, bytes)) of the frame that `source` stands at."""
    start = source.at
    need(source.u8() == 0xFA, "no frame begins here")
    kind, codec, count = source.u8(), source.u8(), source.varint()
    raw, stored = source.varint(), source.varint()
    need(codec < 2 and 1 <= count <= 4096 and stored <= raw <= 8 << 20, "a frame's header is wrong")
    lengths = [source.varint() for _ in range(count)]
    need(sum(lengths) == raw, "the lengths in a frame do not add up")
    keys = [source.take(32) for _ in range(count)] if kind == RECIPE else []
    header = source.data[start:source.at]
    crc, payload = source.u32(), source.take(stored)
    need(crc == crc32c(header + payload), "a frame's checksum differs")
    data, at, objects = unzstd(payload, raw) if codec else payload, 0, []
    for i, length in enumerate(lengths):
        piece = data[at:at + length]
        objects.append((keys[i] if keys else sha256(piece), piece))
        at += length
    return kind, objects


def check_footer(data, name, magic=b"DSPACK\x01\n"):
    """Where the footer of a whole pack begins, and its entries."""
    count, crc, version = struct.unpack("<III", data[-16:-4])
    need(data[:8] == magic and data[-4:] == b"DSFT" and version == 1, f"pack {name} is no pack")
    start = len(data) - 32 - 48 * count
    entries = data[start:start + 48 * count]
    need(crc32c(entries) == crc and sha256(data[start:]).hex() == name, f"the footer of pack {name} is wrong")
    return start, entries


def read_pack(data, name):
    """Yields (kind, key, bytes, number of the object) of a whole pack, its footer checked against its frames."""
    start, entries = check_footer(data, name)
    source, number = Bytes(data[:start]), 0
    source.at = 8
    while source.at < start:
        offset, inner = source.at, 0
        kind, objects = decode_frame(source)
        for key, piece in objects:
            wanted = key + struct.pack("<IIII", offset, inner, len(piece), kind)
            need(entries[48 * number:48 * number + 48] == wanted, f"pack {name}: footer and frames differ")
            yield kind, key, piece, number
            inner += len(piece)
            number += 1
    need(48 * number == len(entries), f"the footer of pack {name} has another number of entries")


def read_held(data, name, source_path):
    """The same of a held file, without bytes where a referenced file has others by now.

    `source_path(kind, name)` says where its source lies.
    """
    start, entries = check_footer(data, name, b"DSHELD\x01\n")
    source = Bytes(data[:start])
    source.at = 8
    crc = source.u32()
    need(crc == crc32c(data[source.at:start]), f"the checksum of held file {name} differs")
    stubs = [struct.unpack("<Q", source.take(8))[0] for _ in range(source.u32())]
    kind = source.u8()
    size, mtime, ctime, inode = struct.unpack("<QqqQ", source.take(32))
    name_of_source = source.string()
    source.end()
    need(kind in (1, 2) and (kind == 2 or re.fullmatch(rb"[0-9a-f]{32}", name_of_source)), "a source of no known kind")
    need(len(name_of_source) <= 4096 and (kind == 1 or not {b"", b".", b".."} & set(name_of_source.split(b"/"))),
         "a source that leads out")
    path = source_path(kind, name_of_source)
    need(kind == 2 or os.path.isfile(path), f"held file {name} has no source")
    whole, unchanged = b"", kind == 1
    if os.path.isfile(path) and not os.path.islink(path):
        with open(path, "rb") as file:
            stat, whole = os.fstat(file.fileno()), file.read()
        unchanged |= (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino) == (size, mtime, ctime, inode)
    need(len(whole) == size or not unchanged, f"the source of held file {name} has another size")
    need(entries, "a held file without objects")
    inner = used = 0
    for number in range(len(entries) // 48):
        key, frame, begin, length, of_kind = struct.unpack("<32sIIII", entries[48 * number:48 * number + 48])
        need(of_kind == CHUNK and frame >= 16 and (frame - 16) % 8 == 0 and (frame - 16) // 8 < len(stubs),
             "an entry of a held file is at no stub")
        if (frame - 16) // 8 == used:  # the first of the next frame
            used, inner = used + 1, 0
        need((frame - 16) // 8 == used - 1 and begin == inner, "the objects of a held frame do not follow each other")
        at = stubs[used - 1] + inner
        piece = whole[at:at + length]
        there = len(piece) == length and sha256(piece) == key
        need(there or not unchanged, f"held file {name}: object {number} is not in its source")
        inner += length
        yield of_kind, key, piece if there else None, number
    need(used == len(stubs), "a stub without objects")


# Trees, manifests

def parse_node(data):
    """(level, items): (path, kind, size, hash) in a leaf, (last path, hash, entries, bytes) above."""
    source = Bytes(data)
    source.is_at(0xD7)
    level, count, previous, items = source.u8(), source.varint(), b"", []
    need(len(data) <= 512 * 1024 and level <= 24, "a tree node is too large")
    for i in range(count):
        shared, suffix = source.varint(), source.string()
        key = previous[:shared] + suffix
        need(shared == (len(os.path.commonprefix([previous, key])) if i else 0), "a key shares more than it says")
        need(i == 0 or previous < key, "keys do not rise")
        if level:
            items.append((key, source.take(32), source.varint(), source.varint()))
        else:
            kind, size = source.u8(), source.varint()
            need(kind in MODES, "an entry of an unknown kind")
            items.append((key, kind, size, source.take(32) if kind != FOLDER else bytes(32)))
        previous = key
    source.end()
    return level, items


def check_totals(hash_, level, items, entries, total):
    """Holds the totals that the parent (or commit, or record) gives against a node."""
    need(entries == (sum(item[2] for item in items) if level else len(items)), f"node {hash_.hex()}: other number of entries")
    need(total == sum(item[3] if level else item[2] for item in items), f"node {hash_.hex()}: other number of bytes")


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def cut_hash(level, key):
    mask, h = (1 << 64) - 1, 0xCBF29CE484222325
    for byte in bytes([level]) + key:
        h = (h ^ byte) * 0x100000001B3 & mask
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        h = (h ^ h >> 33) * factor & mask
    return h ^ h >> 33


def build_tree(entries):
    """The root that these entries have."""
    def values(kind, size, hash_):
        return bytes([kind]) + varint(size) + (hash_ if kind != FOLDER else b"")

    level, items = 0, [(path, values(kind, size, hash_), 1, size) for path, kind, size, hash_ in entries]
    while True:
        nodes, begin, key_bytes = [], 0, 0
        for i, (key, _, _, _) in enumerate(items):
            key_bytes += len(key)
            n = i - begin + 1
            cut = n >= 1024 or key_bytes >= 128 * 1024 or (n >= 16 and cut_hash(level, key) % 256 == 0)
            if cut or i + 1 == len(items):
                nodes.append(items[begin:i + 1])
                begin, key_bytes = i + 1, 0
        above = []
        for node in nodes or [[]]:
            out, previous = bytes([0xD7, level]) + varint(len(node)), b""
            for key, value, _, _ in node:
                shared = len(os.path.commonprefix([previous, key]))
                out += varint(shared) + varint(len(key) - shared) + key[shared:] + value
                previous = key
            n, total = sum(item[2] for item in node), sum(item[3] for item in node)
            above.append((previous, sha256(out) + varint(n) + varint(total), n, total))
        if len(above) == 1:
            return above[0][1][:32]
        level, items = level + 1, above


def manifest_of(root, entries):
    listing, counts = hashlib.sha256(), dict.fromkeys(MODES, 0)
    for path, kind, size, hash_ in entries:
        listing.update(b"%s %s %d %s\0" % (MODES[kind], hash_.hex().encode(), size, path))
        counts[kind] += 1
    return (f"dsctl-manifest 1\ntree sha256:{root.hex()}\nfiles {counts[FILE] + counts[EXECUTABLE]}\nsymlinks {counts[LINK]}\n"
            f"folders {counts[FOLDER]}\nbytes {sum(entry[2] for entry in entries)}\nlisting sha256:{listing.hexdigest()}\n")


def write_out(out, entries, content):
    """Writes all entries; `content(entry)` yields a file's bytes in pieces."""
    out = os.fsencode(out)
    os.mkdir(out)
    for entry in entries:
        path, kind, size, hash_ = entry
        need(not {b"", b".", b".."} & set(path.split(b"/")), "a path that leads out")
        target = os.path.join(out, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if kind == FOLDER:
            need(size == 0, "a folder with a size")
            os.mkdir(target)
            continue
        whole, sum_ = b"".join(content(entry)) if size else b"", 0
        need(len(whole) == size and sha256(whole) == hash_, f"the content of {path!r} differs from its hash")
        if kind == LINK:
            os.symlink(whole, target)
        else:
            with open(target, "xb") as file:
                file.write(whole)
            os.chmod(target, 0o755 if kind == EXECUTABLE else 0o644)


# A folder registry

def key_folder(key):
    pieces = []
    parts = key.encode().split(b"/")
    for number, part in enumerate(parts):
        last = number + 1 == len(parts)
        while len(part) > (64 if last else 63):
            pieces.append((part[:64], "+"))
            part = part[64:]
        pieces.append((part, "=" if last else ""))

    def escaped(piece):
        text = "".join(chr(b) if re.match(rb"[a-z0-9_.-]", bytes([b])) else f"%{b:02X}" for b in piece)
        return "%2E" + text[1:] if text.startswith(".") else text or "%"

    return "/".join(escaped(piece) + end for piece, end in pieces)


class RegistryVersion:
    def __init__(self, folder, ref):
        self.data, self.control = pathlib.Path(folder, "data"), pathlib.Path(folder, "control")
        self.dataset, _, self.version = ref.partition(":")
        self.ns = self.dataset.split("/")[0]
        registry = json.loads((self.control / key_folder("registry.json") / "object").read_bytes())
        versions = self.data / key_folder(f"{self.dataset}/records/{self.version}")
        oldest = min(file for file in os.listdir(versions) if re.fullmatch(r"\d{20}-[0-9a-f]{8}", file))
        text = (versions / oldest).read_bytes()
        lock = json.loads((versions / (oldest + ".lock")).read_bytes())
        need(lock["schema"] == "dsctl.lock/1" and lock["sha256"] == sha256(text).hex() and lock["size"] == len(text),
             "the record is not what its lock says")
        self.record = json.loads(text)
        need(self.record["schema"] == "dsctl.record/1" and self.record["registry_id"] == registry["id"] and
             self.record["dataset"] == self.dataset and self.record["version"] == self.version, "the record is another's")
        self.packs, self.frames = {}, {}

    def object(self, kind, pack, version_id, extent, hash_):
        """The bytes of an object, by the place of its frame."""
        frame_offset, frame_length, inner, length = extent
        if (pack, version_id) not in self.packs:
            file = self.data / key_folder(f"{self.ns}/packs/{pack.hex()}") / version_id
            data = file.read_bytes()
            check_footer(data, pack.hex())
            self.packs[pack, version_id] = data
        frame = pack, version_id, frame_offset, frame_length
        if frame not in self.frames:
            source = Bytes(self.packs[pack, version_id][frame_offset:frame_offset + frame_length])
            found, objects = decode_frame(source)
            source.end()
            self.frames[frame] = found, b"".join(data for _, data in objects)
        found, data = self.frames[frame]
        piece = data[inner:inner + length]
        need(found == kind and len(piece) == length and sha256(piece) == hash_, f"object {hash_.hex()} is not at its place")
        return piece

    def at(self, kind, place):
        pack, hash_ = bytes.fromhex(place["pack"]), bytes.fromhex(place["sha256"])
        extent = [place[key] for key in ("frame_offset", "frame_length", "inner_offset", "length")]
        return self.object(kind, pack, place["version_id"], extent, hash_)

    def packs_of(self, source, own):
        """The table of packs of a node that lies in `own` (pack, version id)."""
        table = []
        for _ in range(source.varint()):
            name, version_id = source.take(32), source.string().decode()
            table.append(own if name == NO_PACK else (name, version_id))
        return table

    @staticmethod
    def extent(source):
        pack, *rest = [source.varint() for _ in range(5)]
        return pack, rest

    def chunks(self, source, count, table):
        return [(source.take(32), *self.extent(source)) for _ in range(count)], table

    def walk(self, tree, layout, own, totals):
        """Yields (entry, its chunks with their table, its segments with theirs) in order."""
        level, items = parse_node(tree)
        check_totals(sha256(tree), level, items, *totals)
        source = Bytes(layout)
        source.is_at(0xD9, 1, level)
        table = self.packs_of(source, own)
        need(source.varint() == len(items), "a layout node has other items than its tree node")
        for item in items:
            if level:
                (tree_pack, tree_at), (layout_pack, layout_at), hash_ = self.extent(source), self.extent(source), source.take(32)
                child = self.object(TREE, *table[tree_pack], tree_at, item[1])
                beside = self.object(LAYOUT, *table[layout_pack], layout_at, hash_)
                need(parse_node(child)[1][-1][0] == item[0], "a child's last key is not its parent's")
                yield from self.walk(child, beside, table[layout_pack], item[2:])
                continue
            chunks = source.varint()
            need(chunks <= 16, "too many chunks in a leaf")
            if chunks == 1 and source.u8() == 1:
                pieces = [(item[3], *self.extent(source))]
            else:
                pieces = [(source.take(32), *self.extent(source)) for _ in range(chunks)]
            segments = [(source.varint(), source.varint(), source.take(32), *self.extent(source)) for _ in range(source.varint())]
            yield item, pieces, segments, table
        source.end()

    def content(self, pieces, segments, table):
        for hash_, pack, extent in pieces:
            yield self.object(CHUNK, *table[pack], extent, hash_)
        for size, chunks, hash_, pack, extent in segments:
            source = Bytes(self.object(SEGMENT, *table[pack], extent, hash_))
            source.is_at(0xDA, 1)
            own = self.packs_of(source, table[pack])
            need(source.varint() == chunks, "a segment has another number of chunks")
            for _ in range(chunks):
                chunk, (at, place) = source.take(32), self.extent(source)
                piece = self.object(CHUNK, *own[at], place, chunk)
                size -= len(piece)
                yield piece
            source.end()
            need(size == 0, "a segment has another size")

    def history(self, place):
        """All git objects by their ids."""
        objects = {}
        while place:
            source = Bytes(self.at(HISTORY, place))
            source.is_at(0xDB, 1)
            place = None
            if source.u8():
                place = {"pack": source.take(32).hex(), "version_id": source.string().decode()}
                place |= {key: source.varint() for key in ("frame_offset", "frame_length", "inner_offset", "length")}
                place["sha256"] = source.take(32).hex()
            for _ in range(source.varint()):
                number, data = source.u8(), source.string()
                if number == 5:  # edits that lead to older trees
                    continue
                kind = (None, b"commit", b"tree", b"blob", b"tag")[number]
                objects[hashlib.sha1(b"%s %d\0%s" % (kind, len(data), data)).hexdigest()] = data
            source.end()
        return objects

    def read(self, out):
        roots = self.record["roots"]
        tree, layout = self.at(TREE, roots["tree_place"]), self.at(LAYOUT, roots["layout_place"])
        own = bytes.fromhex(roots["layout_place"]["pack"]), roots["layout_place"]["version_id"]
        found = list(self.walk(tree, layout, own, (roots["tree"]["entries"], roots["tree"]["bytes"])))
        entries = [item[0] for item in found]
        places = {item[0][0]: item[1:] for item in found}
        write_out(out, entries, lambda entry: self.content(*places[entry[0]]))
        root = bytes.fromhex(roots["tree"]["root"])
        need(build_tree(entries) == root and sha256(tree) == root, "the entries have another root")
        manifest = manifest_of(root, entries)
        digest = "sha256:" + sha256(manifest.encode()).hex()
        need(self.record["manifest"] == manifest and self.record["digest"] == digest, "the manifest is another one")
        objects, waiting = self.history(roots["history_place"]), [self.record["commit"]]
        need(f"tree sha256:{root.hex()}\n".encode() in dataset_of(objects, waiting[0]), "the commit has another tree")
        while waiting:  # all that it descends from is there
            header = objects[waiting.pop()].split(b"\n\n")[0]
            waiting += [line[7:].decode() for line in header.split(b"\n") if line.startswith(b"parent ")]
        return digest


def dataset_of(objects, commit):
    tree = objects[re.match(rb"tree ([0-9a-f]{40})\n", objects[commit]).group(1).decode()]
    need(tree[:15] == b"100644 dataset\0" and len(tree) == 35, "a commit's git tree has more than its dataset")
    return objects[tree[15:].hex()]


# A checkout

class Checkout:
    def __init__(self, folder):
        self.dir = pathlib.Path(folder, ".dsctl")
        need((self.dir / "format").read_bytes() == b"dsctl-repository 1\n", "no checkout of this format")
        self.objects, self.places = {}, set()
        for file in (self.dir / "store/packs").iterdir():
            for kind, key, data, number in read_pack(file.read_bytes(), file.stem):
                self.objects[kind, key] = data
                self.places.add((key[:8], file.stem, number))
        for file in (self.dir / "store/held").glob("*.held"):
            for kind, key, data, number in read_held(file.read_bytes(), file.stem, self.held_source):
                if data is not None:
                    self.objects[kind, key] = data
                self.places.add((key[:8], file.stem, number))
        for file in (self.dir / "store/index").glob("*.idx"):
            self.check_segment(file.read_bytes())
        need(not self.places, "the index lacks objects")

    def held_source(self, kind, name):
        if kind == 1:
            return os.path.join(os.fsencode(self.dir), b"store/held", name + b".data")
        return os.path.join(os.fsencode(self.dir.parent), name)

    def check_segment(self, data):
        magic, packs, records_crc, records, zero, header_crc = struct.unpack("<8sIIQII", data[:32])
        need(magic == b"DSIDX\x01\n\0" and zero == 0, "an index segment has a wrong header")
        begin = 32 + 32 * packs
        need(header_crc == crc32c(data[:28] + data[32:begin]) and records_crc == crc32c(data[begin:]), "an index segment is damaged")
        names = [data[32 + 32 * i:64 + 32 * i].hex() for i in range(packs)]
        need(len(data) == begin + 16 * records and names == sorted(names), "an index segment has another length")
        for at in range(begin, len(data), 16):
            prefix, pack, entry = struct.unpack("<QII", data[at:at + 16])
            self.places.discard((prefix.to_bytes(8, "big"), names[pack], entry))

    def node(self, hash_, totals):
        data = self.objects[TREE, hash_]
        level, items = parse_node(data)
        check_totals(hash_, level, items, *totals)
        for item in items:
            if level:
                yield from self.node(item[1], item[2:])
            else:
                yield item

    def recipe(self, data, size, forms):
        source = Bytes(data[:-32])
        need(sha256(data[:-32]) == data[-32:], "a recipe's check differs")
        source.is_at(0xD8, 1)
        form, total, count = source.u8(), source.varint(), source.varint()
        need(form in forms and total == size and count <= 4096, "a recipe's header is wrong")
        for _ in range(count):
            length, hash_ = source.varint(), source.take(32)
            total -= length
            if form == 1:
                yield from self.recipe(self.objects[PART, hash_], length, (0,))
            else:
                piece = self.objects.get((CHUNK, hash_))
                need(piece is not None, f"chunk {hash_.hex()} is not held")
                need(len(piece) == length, "a chunk has another length than its recipe says")
                yield piece
        source.end()
        need(total == 0, "a recipe's sizes do not add up")

    def content(self, entry):
        _, _, size, hash_ = entry
        if (CHUNK, hash_) in self.objects:
            return [self.objects[CHUNK, hash_]]
        return self.recipe(self.objects[RECIPE, hash_], size, (0, 1))

    def read(self, revision, out):
        dataset = subprocess.run(["git", "--git-dir", self.dir / "git", "show", f"{revision}:dataset"], check=True,
                                 stdout=subprocess.PIPE).stdout
        match = re.fullmatch(rb"dsctl-commit 1\ntree sha256:([0-9a-f]{64})\nentries (\d+)\nbytes (\d+)\n(origin .*\n)?", dataset)
        need(match, "a dataset blob of another format")
        root = bytes.fromhex(match[1].decode())
        entries = list(self.node(root, (int(match[2]), int(match[3]))))
        write_out(out, entries, self.content)
        need(build_tree(entries) == root, "the entries have another root")
        return "sha256:" + sha256(manifest_of(root, entries).encode()).hex()


def main():
    need(len(sys.argv) == 5 and sys.argv[1] in ("registry", "checkout"), "see the beginning of this file for its use")
    _, what, folder, name, out = sys.argv
    print(RegistryVersion(folder, name).read(out) if what == "registry" else Checkout(folder).read(name, out))


main()
