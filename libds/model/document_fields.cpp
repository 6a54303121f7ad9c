// The shared parts of JSON documents.
#include "model/document_fields.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/number.hpp"
#include "base/path.hpp"
#include "model/binary_fields.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::int64_t max_time = 253402300799; // the end of the year 9999
}

Json parse_document(ByteView text, std::string_view what, std::string_view name, std::size_t max_bytes) {
    if (text.size() > max_bytes) {
        throw CorruptObject(fmt::format("{} is damaged: it has more than {} bytes", what, max_bytes));
    }
    Json json = Json::parse(text, what);
    const std::string schema = Fields(json, what).str("schema");
    const std::string_view found(schema);
    if (!found.starts_with(name) || found.substr(name.size(), 1) != "/") {
        throw CorruptObject(
            fmt::format("{} is damaged: its schema is '{}', not '{}/1'", what, printable(found), name));
    }
    const auto version = parse_number(found.substr(name.size() + 1));
    if (!version || *version == 0) {
        throw CorruptObject(fmt::format("{} is damaged: its schema is '{}'", what, printable(found)));
    }
    if (*version > 1) {
        throw Error(ErrorKind::failure, fmt::format("{} was written by a newer dsctl", what),
                    "upgrade dsctl");
    }
    return json;
}

Json new_document(std::string_view name) {
    Json json = Json::object();
    json.set("schema", std::string(name) + "/1");
    return json;
}

std::string document_text(const Json& document, std::string_view what, std::size_t max_bytes) {
    std::string text = document.dump(true) + "\n";
    if (text.size() > max_bytes) {
        throw Error(ErrorKind::failure,
                    fmt::format("{} has {} bytes, more than {}", what, text.size(), max_bytes));
    }
    return text;
}

Fields::Fields(const Json& json, std::string_view what) : json_(json), what_(what) {
    if (!json.is_object()) {
        throw CorruptObject(fmt::format("{} is damaged: an object is missing", what));
    }
}

void Fields::fail(std::string_view key, std::string_view why) const {
    throw CorruptObject(fmt::format("{} is damaged: member '{}' {}", what_, key, why));
}

const Json* Fields::find(std::string_view key) const noexcept {
    const Json* const found = json_.find(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

const Json& Fields::at(std::string_view key) const {
    const Json* const found = find(key);
    if (found == nullptr) {
        fail(key, "is missing");
    }
    return *found;
}

std::string Fields::str(std::string_view key) const {
    const Json& value = at(key);
    if (!value.is_string()) {
        fail(key, "is no string");
    }
    return value.str();
}

std::string Fields::str_or_empty(std::string_view key) const {
    return find(key) == nullptr ? std::string() : str(key);
}

std::uint64_t Fields::u64(std::string_view key, std::uint64_t max) const {
    const Json& value = at(key);
    std::uint64_t number = 0;
    try {
        number = value.u64();
    } catch (const CorruptObject&) {
        fail(key, "is no whole number");
    }
    if (number > max) {
        fail(key, fmt::format("is {}, more than {}", number, max));
    }
    return number;
}

std::uint32_t Fields::u32(std::string_view key, std::uint32_t max) const {
    return static_cast<std::uint32_t>(u64(key, max));
}

std::int64_t Fields::time(std::string_view key) const {
    return static_cast<std::int64_t>(u64(key, max_time));
}

Sha256 Fields::hash(std::string_view key) const {
    const auto hash = Sha256::from_hex(str(key));
    if (!hash) {
        fail(key, "is no SHA-256");
    }
    return *hash;
}

Sha256 Fields::digest(std::string_view key) const {
    const auto digest = parse_digest(str(key));
    if (!digest) {
        fail(key, "is no digest");
    }
    return *digest;
}

std::string Fields::hex(std::string_view key, std::size_t digits) const {
    std::string text = str(key);
    if (text.size() != digits ||
        !std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; })) {
        fail(key, fmt::format("is not {} hex digits", digits));
    }
    return text;
}

std::string Fields::version_id(std::string_view key) const {
    std::string text = str_or_empty(key);
    if (!is_version_id(text)) {
        fail(key, "is no version id");
    }
    return text;
}

std::string Fields::dataset(std::string_view key) const {
    std::string text = str(key);
    try {
        (void)DatasetName::parse(text);
    } catch (const Error&) {
        fail(key, "is no dataset name");
    }
    return text;
}

std::string Fields::version(std::string_view key) const {
    std::string text = str(key);
    if (!VersionName::valid(text)) {
        fail(key, "is no version name");
    }
    return text;
}

HeadState Fields::state(std::string_view key) const {
    const std::string text = str(key);
    for (const HeadState state : {HeadState::empty, HeadState::draft, HeadState::publishing,
                                  HeadState::published, HeadState::dropped}) {
        if (text == head_state_str(state)) {
            return state;
        }
    }
    fail(key, "is no state");
}

const Json::Array& Fields::array(std::string_view key) const {
    const Json& value = at(key);
    if (!value.is_array()) {
        fail(key, "is no array");
    }
    return value.items();
}

std::string_view head_state_str(HeadState state) noexcept {
    switch (state) {
    case HeadState::empty:
        return "empty";
    case HeadState::draft:
        return "draft";
    case HeadState::publishing:
        return "publishing";
    case HeadState::published:
        return "published";
    case HeadState::dropped:
        return "dropped";
    }
    return "unknown";
}

namespace {

Json place_json(const Place& place) {
    return Json::object()
        .set("pack", place.pack.hex())
        .set("version_id", place.version_id)
        .set("frame_offset", place.frame_offset)
        .set("frame_length", place.frame_length)
        .set("inner_offset", place.inner_offset)
        .set("length", place.length)
        .set("sha256", place.hash.hex());
}

Place read_place(const Json& json, std::string_view what) {
    const Fields fields(json, what);
    Place out;
    out.pack = fields.hash("pack");
    out.version_id = fields.version_id("version_id");
    out.frame_offset = fields.u32("frame_offset");
    out.frame_length = fields.u32("frame_length");
    out.inner_offset = fields.u32("inner_offset");
    out.length = fields.u32("length");
    out.hash = fields.hash("sha256");
    if (!ranges_fit(out.frame_offset, out.frame_length, out.inner_offset, out.length)) {
        fields.fail("length", "ends beyond 4 GiB");
    }
    return out;
}

} // namespace

Json roots_json(const VersionRoots& roots) {
    Json tree = Json::object();
    tree.set("root", roots.tree.root.hex()).set("entries", roots.tree.entries).set("bytes", roots.tree.bytes);
    return Json::object()
        .set("tree", std::move(tree))
        .set("tree_place", place_json(roots.tree_place))
        .set("layout_place", place_json(roots.layout_place))
        .set("history_place", place_json(roots.history_place));
}

VersionRoots read_roots(const Json& json, std::string_view what) {
    const Fields fields(json, what);
    const Fields tree(fields.at("tree"), what);
    VersionRoots out;
    out.tree = {tree.hash("root"), tree.u64("entries"), tree.u64("bytes")};
    out.tree_place = read_place(fields.at("tree_place"), what);
    out.layout_place = read_place(fields.at("layout_place"), what);
    out.history_place = read_place(fields.at("history_place"), what);
    return out;
}

Json note_json(const NoteRef& note) {
    return Json::object()
        .set("name", note.name.hex())
        .set("version_id", note.version_id)
        .set("length", note.length)
        .set("sha256", note.hash.hex());
}

NoteRef read_note_ref(const Json& json, std::string_view what) {
    const Fields fields(json, what);
    return {fields.hash("name"), fields.version_id("version_id"), fields.u32("length", max_note_object_bytes),
            fields.hash("sha256")};
}

Json origin_json(const Origin& origin) {
    Json json = Json::object();
    json.set("ref", origin.ref);
    if (!origin.digest.is_zero()) {
        json.set("digest", digest_str(origin.digest));
    }
    return json;
}

Origin read_origin(const Json& json, std::string_view what) {
    const Fields fields(json, what);
    Origin out;
    out.ref = fields.str("ref");
    try {
        (void)DatasetRef::parse(out.ref);
    } catch (const Error&) {
        fields.fail("ref", "is no reference");
    }
    if (fields.find("digest") != nullptr) {
        out.digest = fields.digest("digest");
        if (out.digest.is_zero()) {
            fields.fail("digest", "is zero");
        }
    }
    return out;
}

} // namespace ds
