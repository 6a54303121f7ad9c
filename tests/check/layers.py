#!/usr/bin/env python3
"""Holds every #include of libds/ and cli/ against the module table of ARCHITECTURE.md, and the table against CMake.

A module may include itself and the modules its row names. Third-party headers belong to one module each.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
THIRD_PARTY = {  # header prefix -> the only places that may include it
    "openssl/": {"codec"}, "zstd": {"codec"}, "nlohmann/": {"codec"}, "git2": {"history"}, "zlib": {"history"},
    "CLI/": {"cli"}, "curl/": {"http"}, "fuse3/": {"mount"}, "archive": {"interchange"}, "pugixml": {"http"}, "yaml": {"card"},
}
problems = []


def table():
    rows = {}
    for line in (TOP / "ARCHITECTURE.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        match = re.fullmatch(r"`(\w+)`", cells[0]) if len(cells) == 3 else None
        if match:
            rows[match.group(1)] = set(re.findall(r"\w+", cells[2])) - {"nothing"}
    return rows


def cmake():
    text = (TOP / "libds/CMakeLists.txt").read_text()
    found = {}
    for match in re.finditer(r"ds_module\((\w+)([^)]*)\)", text):
        deps = re.search(r"DEPS ((?:\w+ ?)+?)(?: LIBS|$)", match.group(2).strip())
        found[match.group(1)] = set(deps.group(1).split()) if deps else set()
    return found


rows = table()
if not rows:
    problems.append("ARCHITECTURE.md has no module table")
for module, deps in cmake().items():
    if rows.get(module) != deps:
        problems.append(f"libds/CMakeLists.txt lets {module} use {sorted(deps)}, ARCHITECTURE.md {sorted(rows.get(module, []))}")

for source in sorted([*TOP.glob("libds/**/*.[ch]pp"), *TOP.glob("cli/**/*.[ch]pp")]):
    relative = source.relative_to(TOP)
    module = relative.parts[1] if relative.parts[0] == "libds" else "cli"
    for number, line in enumerate(source.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if not match:
            continue
        quote, header = match.groups()
        where = f"{relative}:{number}"
        for prefix, owners in THIRD_PARTY.items():
            if header.startswith(prefix) and module not in owners:
                problems.append(f"{where}: only {', '.join(sorted(owners))} may include <{header}>")
        if quote == '"':
            target = header.split("/")[0]
            if target in rows and module in rows and target != module and target not in rows[module]:
                problems.append(f"{where}: {module} may not include {target}")

for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
