// Records: what a published version is, for ever.
#include "base/error.hpp"
#include "model/document_fields.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view record_schema = "dsctl.record";

/// What a record says twice must agree.
void check_agreement(const Record& record, const Fields& fields) {
    if (record.digest != record.manifest.digest()) {
        fields.fail("digest", "is not the manifest's");
    }
    const Manifest& m = record.manifest;
    if (m.tree != record.roots.tree.root) {
        fields.fail("roots", "name another tree than the manifest");
    }
    std::uint64_t entries = 0;
    if (__builtin_add_overflow(m.files, m.symlinks, &entries) ||
        __builtin_add_overflow(entries, m.folders, &entries) || entries != record.roots.tree.entries ||
        m.bytes != record.roots.tree.bytes) {
        fields.fail("roots", "have other totals than the manifest");
    }
}

} // namespace

std::string Record::text() const {
    Json json = new_document(record_schema);
    json.set("registry_id", registry_id)
        .set("dataset", dataset)
        .set("version", version)
        .set("sequence", sequence);
    if (previous) {
        json.set("previous", previous->hex());
    }
    json.set("digest", digest_str(digest))
        .set("manifest", manifest.text())
        .set("commit", commit)
        .set("roots", roots_json(roots));
    if (origin) {
        json.set("origin", origin_json(*origin));
    }
    json.set("author", author).set("message", message).set("time", time);
    return document_text(json, fmt::format("the record of {}:{}", dataset, version), max_document_bytes);
}

Record Record::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, record_schema, max_document_bytes);
    const Fields fields(json, what);
    Record out;
    out.registry_id = fields.hex("registry_id", 32);
    out.dataset = fields.dataset("dataset");
    out.version = fields.version("version");
    out.sequence = fields.u64("sequence");
    if (out.sequence == 0) {
        fields.fail("sequence", "is 0");
    }
    if (fields.find("previous") != nullptr) {
        out.previous = fields.hash("previous");
    }
    out.digest = fields.digest("digest");
    try {
        out.manifest = Manifest::parse(fields.str("manifest"));
    } catch (const CorruptObject& error) {
        fields.fail("manifest", fmt::format("does not parse: {}", error.message()));
    }
    out.commit = fields.hex("commit", 40);
    out.roots = read_roots(fields.at("roots"), what);
    check_agreement(out, fields);
    if (const Json* const origin = fields.find("origin")) {
        out.origin = read_origin(*origin, what);
    }
    out.author = fields.str("author");
    out.message = fields.str("message");
    out.time = fields.time("time");
    return out;
}

} // namespace ds
