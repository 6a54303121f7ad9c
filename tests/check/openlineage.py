#!/usr/bin/env python3
"""Holds OpenLineage events, one a line, against OpenLineage 2.0.2: what its schema requires of events, runs, jobs, datasets and of
the facets that dsctl writes.

    openlineage.py FILE
"""
import json
import re
import sys

SPEC = "https://openlineage.io/spec/"
# facet -> (schema file and definition, members it must have with their types)
DATASET_FACETS = {
    "version": ("facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet", {"datasetVersion": str}),
    "schema": ("facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet", {"fields": list}),
    "dataSource": ("facets/1-0-1/DatasourceDatasetFacet.json#/$defs/DatasourceDatasetFacet", {"name": str, "uri": str}),
    "documentation": ("facets/1-1-0/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet", {"description": str}),
    "ownership": ("facets/1-0-1/OwnershipDatasetFacet.json#/$defs/OwnershipDatasetFacet", {"owners": list}),
    "tags": ("facets/1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet", {"tags": list}),
    "datasetType": ("facets/1-0-1/DatasetTypeDatasetFacet.json#/$defs/DatasetTypeDatasetFacet", {"datasetType": str}),
}
ITEMS = {("schema", "fields"): ["name"], ("ownership", "owners"): ["name"], ("tags", "tags"): ["key", "value"]}
problems = []


def need(where, value, members):
    if not isinstance(value, dict):
        problems.append(f"{where}: is no object")
        return False
    for name, kind in members.items():
        if not isinstance(value.get(name), kind):
            problems.append(f"{where}: {name} is missing, or no {kind.__name__}")
    return True


def uri(where, text):
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+", str(text)):
        problems.append(f"{where}: no URI: {text!r}")


def dataset(where, value):
    if not need(where, value, {"namespace": str, "name": str}):
        return
    for name, facet in value.get("facets", {}).items():
        here = f"{where}.{name}"
        if name not in DATASET_FACETS:
            problems.append(f"{here}: is no facet of datasets that is known")
            continue
        schema, members = DATASET_FACETS[name]
        need(here, facet, {"_producer": str, "_schemaURL": str, **members})
        uri(here, facet.get("_producer"))
        if facet.get("_schemaURL") != SPEC + schema:
            problems.append(f"{here}: _schemaURL is {facet.get('_schemaURL')}")
        for (owner, member), keys in ITEMS.items():
            for item in facet.get(member, []) if owner == name else []:
                need(f"{here}.{member}", item, {key: str for key in keys})


def event(where, value):
    if not need(where, value, {"eventTime": str, "producer": str, "schemaURL": str}):
        return
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value["eventTime"]):
        problems.append(f"{where}: eventTime is no date-time")
    uri(where, value["producer"])
    kind = value["schemaURL"].removeprefix(SPEC + "2-0-2/OpenLineage.json#/$defs/")
    if kind == "DatasetEvent":
        if "run" in value or "job" in value:
            problems.append(f"{where}: a DatasetEvent has neither run nor job")
        dataset(where, value.get("dataset"))
    elif kind == "RunEvent":
        if value.get("eventType") not in ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"):
            problems.append(f"{where}: eventType is {value.get('eventType')!r}")
        if need(where, value.get("run"), {"runId": str}) and not re.fullmatch(
                r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", value["run"]["runId"]):
            problems.append(f"{where}: runId is no UUID")
        for name, facet in (value.get("run") or {}).get("facets", {}).items():
            need(f"{where}.run.{name}", facet, {"_producer": str, "_schemaURL": str})
        need(where, value.get("job"), {"namespace": str, "name": str})
        for side in ("inputs", "outputs"):
            for item in value.get(side, []):
                dataset(f"{where}.{side}", item)
    else:
        problems.append(f"{where}: schemaURL is {value['schemaURL']}")


text = open(sys.argv[1]).read()
try:
    events = [json.loads(text)]
except ValueError:
    events = [json.loads(line) for line in text.splitlines()]
for number, one in enumerate(events, 1):
    event(f"event {number}", one)
if not events:
    problems.append("there are no events")
print("\n".join(problems) if problems else f"{len(events)} events")
sys.exit(1 if problems else 0)
