// Catalogs and registry descriptions.
#include "base/error.hpp"
#include "model/document_fields.hpp"
#include "model/retention.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view catalog_schema = "dsctl.catalog";
constexpr std::string_view registry_schema = "dsctl.registry";
/// A catalog grows with its versions (some 300 bytes each); this holds tens of thousands.
constexpr std::size_t max_catalog_bytes = 16 * 1024 * 1024;
constexpr std::uint32_t max_retention_days = 36500;

Json catalog_entry_json(const CatalogEntry& entry) {
    Json json = Json::object();
    json.set("version", entry.version)
        .set("state", head_state_str(entry.state))
        .set("sequence", entry.sequence)
        .set("record_version_id", entry.record_version_id);
    if (entry.digest) {
        json.set("digest", digest_str(*entry.digest));
    }
    json.set("entries", entry.entries).set("bytes", entry.bytes);
    if (!entry.from.empty()) {
        json.set("from", entry.from);
    }
    if (!entry.deprecated.empty()) {
        json.set("deprecated", entry.deprecated);
    }
    json.set("time", entry.time);
    return json;
}

CatalogEntry read_catalog_entry(const Json& json, std::string_view what) {
    const Fields fields(json, what);
    CatalogEntry out;
    out.version = fields.version("version");
    out.state = fields.state("state");
    out.sequence = fields.u64("sequence");
    out.record_version_id = fields.version_id("record_version_id");
    if (fields.find("digest") != nullptr) {
        out.digest = fields.digest("digest");
    }
    out.entries = fields.u64("entries");
    out.bytes = fields.u64("bytes");
    out.from = fields.str_or_empty("from");
    out.deprecated = fields.str_or_empty("deprecated");
    out.time = fields.time("time");
    return out;
}

} // namespace

std::string Catalog::text() const {
    Json json = new_document(catalog_schema);
    json.set("dataset", dataset).set("description", description).set("created", created);
    Json list = Json::array();
    for (const CatalogEntry& entry : versions) {
        list.push(catalog_entry_json(entry));
    }
    json.set("versions", std::move(list));
    return document_text(json, fmt::format("the catalog of {}", dataset), max_catalog_bytes);
}

Catalog Catalog::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, catalog_schema, max_catalog_bytes);
    const Fields fields(json, what);
    Catalog out;
    out.dataset = fields.dataset("dataset");
    out.description = fields.str_or_empty("description");
    out.created = fields.time("created");
    for (const Json& item : fields.array("versions")) {
        out.versions.push_back(read_catalog_entry(item, what));
    }
    return out;
}

std::string RegistryDescription::text() const {
    Json json = new_document(registry_schema);
    json.set("id", id)
        .set("retention_mode", retention_mode)
        .set("pack_days", pack_days)
        .set("record_days", record_days)
        .set("created", created);
    return document_text(json, "the registry's description", max_document_bytes);
}

RegistryDescription RegistryDescription::parse(ByteView text, std::string_view what) {
    const Json json = parse_document(text, what, registry_schema, max_document_bytes);
    const Fields fields(json, what);
    RegistryDescription out;
    out.id = fields.hex("id", 32);
    out.retention_mode = fields.str("retention_mode");
    if (!parse_retention_mode(out.retention_mode)) {
        fields.fail("retention_mode", "is none of COMPLIANCE, GOVERNANCE, none");
    }
    out.pack_days = fields.u32("pack_days", max_retention_days);
    out.record_days = fields.u32("record_days", max_retention_days);
    out.created = fields.time("created");
    return out;
}

} // namespace ds
