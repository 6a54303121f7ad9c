// One well-formed object of each JSON document, for tests of their grammar.
#pragma once

#include "codec/hash.hpp"
#include "model/documents.hpp"

namespace ds_test {

inline ds::VersionRoots sample_roots() {
    const ds::Place place{ds::sha256("pack"), "v1.x-Y", 10, 2000, 30, 400, ds::sha256("node")};
    ds::VersionRoots roots{{ds::sha256("tree"), 16, 1ull << 41}, place, place, place};
    roots.layout_place.length = 4'000'000'000;
    return roots;
}

inline ds::Head sample_head() {
    ds::Head head;
    head.dataset = "lab/faces";
    head.version = "v1.0";
    head.state = ds::HeadState::publishing;
    head.commit = std::string(40, 'c');
    head.roots = sample_roots();
    head.origin = ds::Origin{"hub/lab/other:v2", ds::sha256("digest")};
    head.sequence = 7;
    head.write_id = "0011";
    head.recent = {"aa", "bb"};
    head.epoch = 3;
    head.pending = {{{ds::sha256("p"), "v", 7, ds::sha256("list")}, 5}, {{ds::sha256("q"), "", 0, {}}, 6}};
    head.pinned_record = "{\"a\": \"\xc3\xa9\\n\"}\n";
    head.author = "Ada \xc3\xa9";
    head.time = 1'700'000'000;
    return head;
}

inline ds::Record sample_record() {
    ds::Record record;
    record.registry_id = std::string(32, 'a');
    record.dataset = "lab/faces";
    record.version = "v1.0";
    record.sequence = 2;
    record.previous = ds::sha256("the record before");
    record.manifest = {ds::sha256("tree"), 12, 3, 1, 1ull << 41, ds::sha256("listing")};
    record.digest = record.manifest.digest();
    record.commit = std::string(40, 'd');
    record.roots = sample_roots();
    record.origin = ds::Origin{"lab/other:v2", {}};
    record.author = "Ada";
    record.message = "first\n\"quoted\"";
    record.time = 1'700'000'000;
    return record;
}

inline ds::Catalog sample_catalog() {
    ds::Catalog catalog;
    catalog.dataset = "lab/faces";
    catalog.description = "Faces";
    catalog.created = 5;
    catalog.versions.resize(2);
    catalog.versions[0].version = "v1";
    catalog.versions[1] = {"v2", ds::HeadState::published, 1, "vid", ds::sha256("d"), 10, 20,
                           "v1", "wrong labels",           30};
    return catalog;
}

inline ds::RegistryDescription sample_description() {
    return {std::string(32, '0'), "COMPLIANCE", 365, 3650, 9};
}

} // namespace ds_test
