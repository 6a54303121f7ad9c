#!/usr/bin/env python3
"""Holds a Croissant document against the rules of Croissant 1.1 (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html).

    croissant.py DOCUMENT [FOLDER]

With FOLDER, which has the files of the version: every FileObject is there with that SHA-256 and size, and every file of
the folder is named by exactly one FileObject or matched by exactly one FileSet. Nothing of dsctl is used. Problems are
printed, one a line; exit status 1 if there are any.
"""
import hashlib
import json
import pathlib
import re
import sys

problems = []


def wrong(where, what):
    problems.append(f"{where}: {what}")


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def is_iri(text):
    return isinstance(text, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", text) is not None


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    for key in {key for key in keys if keys.count(key) > 1}:
        wrong("document", f"member {key!r} is there twice")
    return dict(pairs)


def check_context(context):
    if not isinstance(context, dict):
        return wrong("@context", "is no object")
    if context.get("@vocab") not in ("https://schema.org/", "http://schema.org/"):
        wrong("@context", "@vocab is not schema.org")
    for prefix, iri in (("cr", "http://mlcommons.org/croissant/"), ("dct", "http://purl.org/dc/terms/")):
        if context.get(prefix) != iri:
            wrong("@context", f"{prefix} is not {iri}")
    if context.get("sc") != context.get("@vocab"):
        wrong("@context", "sc and @vocab differ")
    # Members that are Croissant's own must be mapped there, or JSON-LD takes them for schema.org's.
    for name in ("citeAs", "containedIn", "includes", "excludes", "fileSet", "fileObject", "isLiveDataset", "recordSet",
                 "field", "source", "extract", "md5", "key", "references", "transform"):
        if context.get(name) != "cr:" + name:
            wrong("@context", f"{name} is not cr:{name}")
    if context.get("conformsTo") != "dct:conformsTo":
        wrong("@context", "conformsTo is not dct:conformsTo")


def check_dataset(document):
    for name in ("@context", "@type", "name", "description", "license", "url", "creator", "datePublished", "distribution"):
        if document.get(name) in (None, "", []):
            wrong("dataset", f"{name} is required")
    if document.get("@type") not in ("sc:Dataset", "Dataset", "https://schema.org/Dataset"):
        wrong("dataset", f"@type is {document.get('@type')!r}")
    if "http://mlcommons.org/croissant/1.1" not in as_list(document.get("conformsTo", document.get("dct:conformsTo"))):
        wrong("dataset", "does not conform to Croissant 1.1")
    for name in ("name", "description", "url", "datePublished", "version", "citeAs"):
        if isinstance(document.get(name), list):
            wrong("dataset", f"{name} is there more than once")
    if not is_iri(document.get("url")):
        wrong("dataset", f"url is no URL: {document.get('url')!r}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", str(document.get("datePublished"))):
        wrong("dataset", "datePublished is no date")
    if "version" in document and not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", str(document["version"])):
        print(f"note: version {document['version']!r} is not MAJOR.MINOR.PATCH, which is recommended")
    for licence in as_list(document.get("license")):
        work = isinstance(licence, dict) and licence.get("@type") == "sc:CreativeWork" and licence.get("name")
        if not is_iri(licence) and not work:
            wrong("license", f"neither URL nor CreativeWork: {licence!r}")
    for creator in as_list(document.get("creator")):
        if not isinstance(creator, dict) or creator.get("@type") not in ("sc:Person", "sc:Organization") or not creator.get("name"):
            wrong("creator", f"neither Person nor Organization with a name: {creator!r}")
    if not isinstance(document.get("isLiveDataset", False), bool):
        wrong("dataset", "isLiveDataset is no boolean")


def references(value):
    """The ids that a containedIn names, and whether each is a mere reference."""
    for item in as_list(value):
        if not isinstance(item, dict) or set(item) != {"@id"}:
            wrong("containedIn", f"is no reference: {item!r}")
        else:
            yield item["@id"]


def check_distribution(document):
    ids = {}
    live = document.get("isLiveDataset", False)
    for item in as_list(document.get("distribution")):
        where = str(item.get("@id"))
        if item.get("@type") not in ("cr:FileObject", "cr:FileSet"):
            wrong(where, f"@type is {item.get('@type')!r}")
        if not item.get("@id") or not isinstance(item["@id"], str) or re.search(r"[\s<>\"{}|\\^`]", item["@id"]):
            wrong(where, "@id is no IRI reference")
        if item.get("@id") in ids:
            wrong(where, "@id is not unique")
        ids[item.get("@id")] = item
        if not as_list(item.get("encodingFormat")):
            wrong(where, "encodingFormat is required")
        if not item.get("name"):
            wrong(where, "name is missing")
        if item["@type"] == "cr:FileObject":
            check_file_object(item, where, live)
        elif not as_list(item.get("includes")):
            wrong(where, "includes is required")
        if item["@type"] == "cr:FileSet" and not as_list(item.get("containedIn")):
            wrong(where, "a FileSet lies in something")
    for where, item in ids.items():
        for target in references(item.get("containedIn")):
            if target not in ids:
                wrong(where, f"containedIn names {target!r}, which is not there")
            elif target == where:
                wrong(where, "is contained in itself")
    for item in as_list(document.get("recordSet")):
        if item.get("@id") in ids:
            wrong(str(item.get("@id")), "@id is not unique")
        ids[item.get("@id")] = item
    return ids


def check_file_object(item, where, live):
    if not item.get("contentUrl"):
        wrong(where, "contentUrl is required")
    if "sha256" in item and not re.fullmatch(r"[0-9a-f]{64}", str(item["sha256"])):
        wrong(where, "sha256 is none")
    if "sha256" not in item and (item.get("containedIn") or not live):
        wrong(where, "sha256 is missing")
    if not item.get("containedIn") and not is_iri(item.get("contentUrl")):
        wrong(where, "contentUrl is no URL")
    if item.get("containedIn") and (item["contentUrl"].startswith("/") or ".." in item["contentUrl"].split("/")):
        wrong(where, "contentUrl leaves the container")
    if "contentSize" in item and not re.fullmatch(r"\d+( [KMGT]?B)?", item["contentSize"]):
        wrong(where, "contentSize is no size")


def glob_matches(pattern, path):
    """Globs as shells with ** have them: * stays within a folder."""
    regex, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            regex, at = regex + "(?:[^/]+/)*", at + 3
        elif pattern[at] == "*":
            regex, at = regex + "[^/]*", at + 1
        elif pattern[at] == "[":
            end = pattern.index("]", at + 2)
            regex, at = regex + "[" + re.escape(pattern[at + 1:end]) + "]", end + 1
        else:
            regex, at = regex + re.escape(pattern[at]), at + 1
    return re.fullmatch(regex, path, re.DOTALL) is not None


def check_files(document, folder):
    listed, sets = {}, []
    for item in document["distribution"]:
        if item["@type"] == "cr:FileSet":
            sets.append(item)
        elif item.get("containedIn"):
            listed[item["contentUrl"]] = item
    counts = {item["@id"]: 0 for item in sets}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".dsctl":
            continue
        homes = [item["@id"] for item in sets
                 if any(glob_matches(p, name) for p in as_list(item["includes"]))
                 and not any(glob_matches(p, name) for p in as_list(item.get("excludes")))]
        for home in homes:
            counts[home] += 1
        if name in listed:
            homes.append("itself")
            item = listed.pop(name)
            data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            if hashlib.sha256(data).hexdigest() != item["sha256"]:
                wrong(name, "sha256 is not that of the file")
            if item.get("contentSize") != f"{len(data)} B":
                wrong(name, f"contentSize is {item.get('contentSize')!r}, not {len(data)}")
        if len(homes) != 1:
            wrong(name, f"is named by {homes}")
    for name in listed:
        wrong(name, "is not in the folder")
    for name, count in counts.items():
        if count == 0:
            wrong(name, "matches nothing")


def main():
    try:
        document = json.loads(pathlib.Path(sys.argv[1]).read_text(), object_pairs_hook=no_duplicates)
    except ValueError as error:
        sys.exit(f"no JSON: {error}")
    check_context(document.get("@context"))
    check_dataset(document)
    check_distribution(document)
    if len(sys.argv) > 2 and not problems:
        check_files(document, pathlib.Path(sys.argv[2]))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
