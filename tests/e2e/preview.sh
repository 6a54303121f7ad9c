# preview says what a file is and how it begins, from any version, reading only the ranges it needs.
start cats
python3 - <<'PY'
import os, struct, zlib
def w(name, data): open(name, "wb").write(data)
w("text.txt", b"one\n\x1b[31mred\x07\n" + "ümlaut\n".encode() * 50)
w("table.csv", b'id;"na;me";size\r\n1;"say ""hi""";2.5\r\n22;"two\nlines";10\r\n')
w("table.tsv", b"a\tb\n1\tx,y\n")
w("rows.jsonl", b'{"a": 1, "b": "x"}\n{"b": "y", "c": [1, 2]}\n')
w("broken.jsonl", b'{"a": 1\nno json\n')
w("a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + bytes(20))
w("a.gif", b"GIF89a" + struct.pack("<HH", 3, 4) + bytes(20))
w("a.bmp", b"BM" + struct.pack("<IIIIii", 99, 0, 54, 40, 7, -9) + bytes(40))
w("lossy.webp", b"RIFF" + struct.pack("<I", 99) + b"WEBPVP8 " + bytes(4) + bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 320, 240) + bytes(9))
w("lossless.webp", b"RIFF" + struct.pack("<I", 99) + b"WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 99 | 49 << 14) + bytes(9))
w("wide.webp", b"RIFF" + struct.pack("<I", 99) + b"WEBPVP8X" + bytes(8) + struct.pack("<I", 999)[:3] + struct.pack("<I", 1)[:3] + bytes(9))
segment = lambda code, data: b"\xff" + bytes([code]) + struct.pack(">H", len(data) + 2) + data
w("a.jpg", b"\xff\xd8" + segment(0xe1, bytes(65000)) + segment(0xe2, bytes(65000)) + segment(0xc2, b"\x08" + struct.pack(">HH", 600, 800) + bytes(9)) + bytes(99))
w("cut.png", b"\x89PNG\r\n\x1a\n\0")
w("noise.bin", bytes(range(256)) * 4)
w("empty", b"")
os.symlink("a.gif", "link")
# A Parquet file: its metadata in thrift's compact protocol.
def varint(n):
    out = b""
    while n > 127: out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])
def zig(n): return varint((n << 1) ^ (n >> 63))
I32, I64, BIN, LIST, STRUCT = 5, 6, 8, 9, 12
def struct_(*fields):
    out, last = b"", 0
    for number, kind, data in fields:
        out += (bytes([number - last << 4 | kind]) if number - last < 16 else bytes([kind]) + zig(number)) + data
        last = number
    return out + b"\0"
def binary(text): return varint(len(text)) + text.encode()
def items(kind, list_): return (bytes([len(list_) << 4 | kind]) if len(list_) < 15 else bytes([0xf0 | kind]) + varint(len(list_))) + b"".join(list_)
root = struct_((4, BIN, binary("schema")), (5, I32, zig(3)))
col = lambda name, kind, rep, *more: struct_((1, I32, zig(kind)), (3, I32, zig(rep)), (4, BIN, binary(name)), *more)
group = struct_((3, I32, zig(1)), (4, BIN, binary("point")), (5, I32, zig(2)))
schema = [root, col("id", 2, 0), col("name", 6, 1, (6, I32, zig(0)), (10, STRUCT, struct_((1, STRUCT, b"\0")))), group, col("x", 5, 0), col("y", 5, 0)]
row_group = struct_((1, LIST, items(STRUCT, [struct_((2, I64, zig(4)))])), (2, I64, zig(99)), (3, I64, zig(10)))
meta = struct_((1, I32, zig(2)), (2, LIST, items(STRUCT, schema)), (3, I64, zig(1234567)), (4, LIST, items(STRUCT, [row_group] * 3)), (6, BIN, binary("hand\x1bmade")))
def parquet(meta): return b"PAR1" + bytes(3000000) + meta + struct.pack("<I", len(meta)) + b"PAR1"
w("a.parquet", parquet(meta))
w("damaged.parquet", parquet(meta[:-30]))
w("lying.parquet", b"PAR1" + bytes(100) + struct.pack("<I", 101) + b"PAR1")
w("huge.parquet", b"PAR1" + bytes(100) + struct.pack("<I", 0x7fffffff) + b"PAR1")
# Large, and not to be read as a whole.
import random
w("large.csv", b"n,noise\n" + b"".join(b"%d,%s\n" % (i, random.randbytes(500).hex().encode()) for i in range(30000)))
PY
commit_all First
exits 0 dsctl preview text.txt
out 'one'
out '\x1b[31mred\x07'
exits 0 dsctl preview -n 2 text.txt
if grep -q mlaut "$sandbox/out"; then fail "more lines than asked for"; fi
exits 0 dsctl preview table.csv
same "$(head -n 1 "$sandbox/out")" "id  na;me       size"
out '1  say "hi"     2.5'
out '22  two\nlines    10'
exits 0 dsctl preview table.tsv
out "1  x,y"
exits 0 dsctl preview --json rows.jsonl
python3 -c 'import json,sys; d = json.load(sys.stdin); assert d["columns"] == ["a", "b", "c"] and d["rows"] == [["1", "x", ""], ["", "y", "[1,2]"]], d' <"$sandbox/out"
exits 0 dsctl preview broken.jsonl
out "no json"
size() { exits 0 dsctl preview "$1" && out "$2"; }
size a.png "640 x 480"
size a.gif "3 x 4"
size a.bmp "7 x 9"
size lossy.webp "320 x 240"
size lossless.webp "100 x 50"
size wide.webp "1000 x 2"
size a.jpg "800 x 600"
size link "link to a.gif"
size empty empty
exits 0 dsctl preview cut.png
err "its header is damaged"
exits 0 dsctl preview noise.bin
out "binary, 1024 bytes, sha256 $(sha256sum <noise.bin | cut -c1-64)"
exits 0 dsctl preview a.parquet
out 'Parquet, 1,234,567 rows in 3 row groups, by hand\x1bmade'
grep -qE '^id +INT64 +required$' "$sandbox/out" && grep -qE '^name +BYTE_ARRAY \(STRING\) +optional$' "$sandbox/out" &&
    grep -qE '^point +group +optional$' "$sandbox/out" && grep -qE '^  y +DOUBLE +required$' "$sandbox/out" || fail "$(cat "$sandbox/out")"
exits 0 dsctl preview damaged.parquet
err "damaged"
exits 0 dsctl preview huge.parquet
err "at most 16777216 are read"
exits 0 dsctl preview lying.parquet
err "longer than the file"
exits 129 dsctl preview .
exits 3 dsctl preview no-such
exits 129 dsctl preview -n 0 text.txt
# In a registry, a part of the file is read; again, nothing is.
dsctl publish -q --yes
cd ..
read_bytes() { grep -oE '[0-9.]+ [KM]?i?B down' "$sandbox/err" | tail -n 1; }
DSCTL_TRACE=1 exits 0 dsctl preview -n 3 --in demo/cats:v1 large.csv
out "n  noise"
case $(read_bytes) in *MiB*) [ "$(read_bytes | cut -d. -f1 | cut -d' ' -f1)" -lt 5 ] || fail "a preview read $(read_bytes)" ;; esac
DSCTL_TRACE=1 exits 0 dsctl preview --in demo/cats:v1 a.parquet
out "1,234,567 rows"
