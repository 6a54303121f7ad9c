// OpenLineage 2.0.2: a version as a dataset with facets, and events about it.
#include "card/exports.hpp"

#include "base/units.hpp"
#include "card/card_keys.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr const char* producer = "https://github.com/dsctl/dsctl";
constexpr const char* spec = "https://openlineage.io/spec/";

void add_card(Json& facets, const Card& card) {
    if (!card.description.empty()) {
        facets.set("documentation", openlineage_facet("facets/1-1-0/DocumentationDatasetFacet.json",
                                                      "DocumentationDatasetFacet")
                                        .set("description", Json(card.description))
                                        .set("contentType", Json("text/plain")));
    }
    if (!card.features.empty()) {
        auto fields = Json::array();
        for (const auto& feature : card.features) {
            auto field = Json::object();
            field.set("name", Json(feature.name));
            if (!feature.type.empty()) {
                field.set("type", Json(feature.type));
            }
            if (!feature.description.empty()) {
                field.set("description", Json(feature.description));
            }
            fields.push(std::move(field));
        }
        facets.set("schema", openlineage_facet("facets/1-2-0/SchemaDatasetFacet.json", "SchemaDatasetFacet")
                                 .set("fields", std::move(fields)));
    }
    if (!card.authors.empty()) {
        auto owners = Json::array();
        for (const auto& person : card.authors) {
            owners.push(Json::object().set("name", Json(person.name)).set("type", Json("AUTHOR")));
        }
        facets.set("ownership",
                   openlineage_facet("facets/1-0-1/OwnershipDatasetFacet.json", "OwnershipDatasetFacet")
                       .set("owners", std::move(owners)));
    }
    auto tags = Json::array();
    const auto tag = [&](const char* key, const std::string& value) {
        tags.push(Json::object().set("key", Json(key)).set("value", Json(value)).set("source", Json("USER")));
    };
    for (const auto& word : card.tags) {
        tag("tag", word);
    }
    for (const auto& license : card.licenses) {
        tag("license", license);
    }
    if (!tags.items().empty()) {
        facets.set("tags", openlineage_facet("facets/1-0-0/TagsDatasetFacet.json", "TagsDatasetFacet")
                               .set("tags", std::move(tags)));
    }
}

} // namespace

Json openlineage_facet(std::string_view schema_file, std::string_view definition) {
    return Json::object()
        .set("_producer", Json(producer))
        .set("_schemaURL", Json(fmt::format("{}{}#/$defs/{}", spec, schema_file, definition)));
}

Json openlineage_event(std::int64_t time, std::string_view definition) {
    return Json::object()
        .set("eventTime", Json(rfc3339(time)))
        .set("producer", Json(producer))
        .set("schemaURL", Json(fmt::format("{}2-0-2/OpenLineage.json#/$defs/{}", spec, definition)));
}

Json openlineage_dataset(const Card* card, const VersionFacts& facts) {
    const auto where = registry_uri(facts.registry_url);
    auto facets = Json::object();
    auto version =
        openlineage_facet("facets/1-0-1/DatasetVersionDatasetFacet.json", "DatasetVersionDatasetFacet");
    version.set("datasetVersion", Json(facts.digest           ? digest_str(*facts.digest)
                                       : facts.commit.empty() ? facts.version
                                                              : facts.commit));
    version.set("dsctl_version", Json(facts.version)).set("dsctl_uri", Json(version_uri(facts)));
    facets.set("version", std::move(version));
    facets.set("dataSource",
               openlineage_facet("facets/1-0-1/DatasourceDatasetFacet.json", "DatasourceDatasetFacet")
                   .set("name", Json(where))
                   .set("uri", Json(where)));
    facets.set("datasetType",
               openlineage_facet("facets/1-0-1/DatasetTypeDatasetFacet.json", "DatasetTypeDatasetFacet")
                   .set("datasetType", Json("FILE")));
    if (card != nullptr) {
        add_card(facets, *card);
    }
    return Json::object()
        .set("namespace", Json(where))
        .set("name", Json(facts.dataset.str()))
        .set("facets", std::move(facets));
}

Json card_for_openlineage(const Card& card, const VersionFacts& facts) {
    return openlineage_event(facts.time, "DatasetEvent").set("dataset", openlineage_dataset(&card, facts));
}

} // namespace ds
