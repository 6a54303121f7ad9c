#!/usr/bin/env python3
"""Runs a notebook (.ipynb) without Jupyter and compares what its cells print with the outputs that are stored in it.

    run_notebook.py NOTEBOOK            exit status 1 when a cell fails or prints something else
    run_notebook.py --write NOTEBOOK    stores the outputs

Of IPython it knows `!COMMAND` and `NAME = !COMMAND` (a list of lines), with {EXPRESSION} and $NAME of Python in them. Unlike there, a
command that fails fails the cell, unless "|| true" ends it. Digests, hex of eight digits and more, times, host names and the folders of
the test are not compared.
"""
import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys


class CommandFailed(Exception):
    pass


def expand(command, names):
    command = re.sub(r"\{([^{}]+)\}", lambda found: str(eval(found.group(1), names)), command)
    return re.sub(r"\$([A-Za-z_]\w*)", lambda found: str(names[found.group(1)]) if found.group(1) in names else found.group(0), command)


def shell(command, names):
    done = subprocess.run(expand(command, names), shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
    if done.returncode != 0:
        raise CommandFailed(f"exit status {done.returncode}: {command}\n{done.stdout}")
    return done.stdout


def translated(source):
    lines = []
    for line in source.splitlines():
        kept = re.match(r"(\s*)(?:(\w+)\s*=\s*)?!(.*)$", line)
        if kept and kept.group(2):
            lines.append(f"{kept.group(1)}{kept.group(2)} = __shell__({kept.group(3)!r}).splitlines()")
        elif kept:
            lines.append(f"{kept.group(1)}print(__shell__({kept.group(3)!r}), end='')")
        else:
            lines.append(line)
    return "\n".join(lines)


def masked(text):
    for folder in (os.environ["HOME"], os.getcwd()):
        text = text.replace(folder, "DIR")
    text = re.sub(r"file://\S*/registry#", "file://REGISTRY#", text).replace(socket.gethostname(), "HOST")
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{8,64}\b", "HEX", text)
    return re.sub(r" {2,}", "  ", text)


def run(cell, names):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(translated("".join(cell["source"])), "cell", "exec"), names)
    return out.getvalue()


def stored(cell):
    return "".join("".join(output.get("text", [])) for output in cell["outputs"] if output["output_type"] == "stream")


def main():
    write = sys.argv[1] == "--write"
    path = sys.argv[-1]
    notebook = json.load(open(path))
    if notebook["nbformat"] != 4:
        sys.exit("only nbformat 4 is known")
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # as the kernel of a notebook sets it: nobody can answer questions
    names, failed, count = {}, 0, 0
    names["__shell__"] = lambda command: shell(command, names)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        try:
            text = run(cell, names)
        except Exception as error:
            sys.exit(f"cell {count} failed: {type(error).__name__}: {error}")
        if write:
            cell["execution_count"] = count
            shown = masked(text)
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": shown.splitlines(keepends=True)}] if shown else []
        elif masked(text) != stored(cell):
            failed += 1
            print(f"cell {count} printed\n{masked(text)}instead of\n{stored(cell)}")
    if count == 0:
        sys.exit("there is nothing to run")
    if write:
        with open(path, "w") as file:
            json.dump(notebook, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print(f"{count} cells")
    sys.exit(1 if failed else 0)


main()
