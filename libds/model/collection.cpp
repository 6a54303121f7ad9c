// The state of collection, and deprecations.
#include "base/error.hpp"
#include "model/document_fields.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view collection_schema = "dsctl.collection";
constexpr std::string_view deprecation_schema = "dsctl.deprecation";

std::string_view phase_str(CollectionPhase phase) noexcept {
    switch (phase) {
    case CollectionPhase::idle:
        return "idle";
    case CollectionPhase::condemned:
        return "condemned";
    case CollectionPhase::doomed:
        return "doomed";
    }
    return "unknown";
}

CollectionPhase read_phase(const Fields& fields) {
    const auto text = fields.str("phase");
    for (const auto phase : {CollectionPhase::idle, CollectionPhase::condemned, CollectionPhase::doomed}) {
        if (text == phase_str(phase)) {
            return phase;
        }
    }
    fields.fail("phase", "is no phase");
}

Json notes_json(const std::vector<NoteRef>& notes) {
    Json list = Json::array();
    for (const auto& note : notes) {
        list.push(note_json(note));
    }
    return list;
}

std::vector<NoteRef> read_notes(const Fields& fields, std::string_view key) {
    std::vector<NoteRef> notes;
    for (const Json& item : fields.array(key)) {
        notes.push_back(read_note_ref(item, fields.what()));
    }
    return notes;
}

} // namespace

std::string Collection::text() const {
    Json json = new_document(collection_schema);
    json.set("namespace", ns).set("epoch", epoch).set("phase", phase_str(phase));
    json.set("packs", notes_json(packs)).set("notes", notes_json(notes));
    json.set("count", count).set("bytes", bytes).set("time", time).set("write_id", write_id);
    return document_text(json, fmt::format("the collection of {}", ns), max_document_bytes);
}

Collection Collection::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, collection_schema, max_document_bytes);
    const Fields fields(json, what);
    Collection out;
    out.ns = fields.str("namespace");
    out.epoch = fields.u64("epoch");
    out.phase = read_phase(fields);
    out.packs = read_notes(fields, "packs");
    out.notes = read_notes(fields, "notes");
    out.count = fields.u64("count");
    out.bytes = fields.u64("bytes");
    out.time = fields.time("time");
    out.write_id = fields.str("write_id");
    return out;
}

std::string Deprecation::text() const {
    Json json = new_document(deprecation_schema);
    json.set("dataset", dataset).set("version", version).set("reason", reason).set("author", author);
    json.set("time", time).set("write_id", write_id);
    return document_text(json, fmt::format("the deprecation of {}:{}", dataset, version), max_document_bytes);
}

Deprecation Deprecation::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, deprecation_schema, max_document_bytes);
    const Fields fields(json, what);
    Deprecation out;
    out.dataset = fields.dataset("dataset");
    out.version = fields.version("version");
    out.reason = fields.str("reason");
    out.author = fields.str("author");
    out.time = fields.time("time");
    out.write_id = fields.str("write_id");
    return out;
}

} // namespace ds
