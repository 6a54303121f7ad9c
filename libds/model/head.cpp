// Heads: what a version's name is at the moment.
#include "base/error.hpp"
#include "model/binary_fields.hpp"
#include "model/document_fields.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::string_view head_schema = "dsctl.head";
constexpr std::size_t max_recent = 16;
} // namespace

std::string Head::text() const {
    Json json = new_document(head_schema);
    json.set("dataset", dataset).set("version", version).set("state", head_state_str(state));
    if (!commit.empty()) {
        json.set("commit", commit);
    }
    if (roots) {
        json.set("roots", roots_json(*roots));
    }
    if (origin) {
        json.set("origin", origin_json(*origin));
    }
    json.set("sequence", sequence).set("write_id", write_id);
    Json ring = Json::array();
    for (std::size_t i = 0; i < std::min(recent.size(), max_recent); ++i) {
        ring.push(recent[i]);
    }
    json.set("recent", std::move(ring)).set("epoch", epoch);
    Json packs = Json::array();
    for (const PendingPacks& sent : pending) {
        packs.push(Json::object().set("note", note_json(sent.note)).set("time", sent.time));
    }
    json.set("pending", std::move(packs));
    if (pinned_note) {
        json.set("pinned_note", note_json(*pinned_note));
    } else if (pinned_record) {
        json.set("pinned_record", *pinned_record);
    }
    json.set("author", author).set("time", time);
    return document_text(json, fmt::format("the head of {}:{}", dataset, version), max_document_bytes);
}

Head Head::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, head_schema, max_document_bytes);
    const Fields fields(json, what);
    Head out;
    out.dataset = fields.dataset("dataset");
    out.version = fields.version("version");
    out.state = fields.state("state");
    const bool empty = out.state == HeadState::empty;
    if (fields.find("commit") != nullptr) {
        out.commit = fields.hex("commit", 40);
    }
    if (const Json* const roots = fields.find("roots")) {
        out.roots = read_roots(*roots, what);
    }
    if (empty && (out.roots || !out.commit.empty())) {
        fields.fail("state", "is 'empty', but there is content");
    }
    if (!empty && out.state != HeadState::dropped && out.commit.empty()) {
        fields.fail("commit", "is missing");
    }
    if (const Json* const origin = fields.find("origin")) {
        out.origin = read_origin(*origin, what);
    }
    out.sequence = fields.u64("sequence");
    out.write_id = fields.str("write_id");
    for (const Json& item : fields.array("recent")) {
        if (!item.is_string() || out.recent.size() == max_recent) {
            fields.fail("recent", fmt::format("is no list of at most {} write ids", max_recent));
        }
        out.recent.push_back(item.str());
    }
    out.epoch = fields.u64("epoch");
    for (const Json& item : fields.array("pending")) {
        const Fields sent(item, what);
        if (out.pending.size() == max_pending_notes) {
            fields.fail("pending", fmt::format("lists more than {} notes", max_pending_notes));
        }
        out.pending.push_back({read_note_ref(sent.at("note"), what), sent.time("time")});
    }
    if (const Json* const note = fields.find("pinned_note")) {
        if (fields.find("pinned_record") != nullptr) {
            fields.fail("pinned_note", "stands beside a pinned record");
        }
        out.pinned_note = read_note_ref(*note, what);
    }
    if (fields.find("pinned_record") != nullptr) {
        out.pinned_record = fields.str("pinned_record");
    }
    out.author = fields.str("author");
    out.time = fields.time("time");
    return out;
}

} // namespace ds
