// Croissant 1.1: the members of the dataset. The files are in croissant_files.cpp.
#include "card/croissant.hpp"

#include "base/units.hpp"
#include "card/card_keys.hpp"
#include "card/exports.hpp"

#include <algorithm>
#include <array>

namespace ds {

namespace {

constexpr const char* conforms_to = "http://mlcommons.org/croissant/1.1";

/// The context that the specification's first appendix recommends, over schema.org's https names as its validator has them.
Json context() {
    auto json = Json::object();
    json.set("@language", Json("en")).set("@vocab", Json("https://schema.org/"));
    json.set("sc", Json("https://schema.org/")).set("cr", Json("http://mlcommons.org/croissant/"));
    json.set("rai", Json("http://mlcommons.org/croissant/RAI/"))
        .set("dct", Json("http://purl.org/dc/terms/"));
    constexpr std::array<std::string_view, 31> plain = {
        "annotation", "arrayShape",  "citeAs",    "column",        "containedIn", "equivalentProperty",
        "excludes",   "extract",     "field",     "fileProperty",  "fileObject",  "fileSet",
        "format",     "includes",    "isArray",   "isLiveDataset", "jsonPath",    "key",
        "md5",        "parentField", "path",      "recordSet",     "references",  "regex",
        "readLines",  "sdVersion",   "separator", "source",        "subField",    "transform",
        "unArchive"};
    for (const auto name : plain) {
        json.set(name, Json("cr:" + std::string(name)));
    }
    json.set("conformsTo", Json("dct:conformsTo"));
    const auto typed = [](const char* id, const char* type) {
        return Json::object().set("@id", Json(id)).set("@type", Json(type));
    };
    json.set("data", typed("cr:data", "@json")).set("examples", typed("cr:examples", "@json"));
    json.set("dataType", typed("cr:dataType", "@vocab"));
    json.set("repeated", Json("cr:repeated")).set("replace", Json("cr:replace"));
    json.set("samplingRate", Json("cr:samplingRate")).set("value", Json("cr:value"));
    return json;
}

Json licenses_of(const Card& card) {
    auto list = Json::array();
    for (const auto& license : card.licenses) {
        const auto url = license_url(license);
        const bool other = url.empty() && license == "other";
        if (!url.empty()) {
            list.push(Json(url));
        } else if (other && is_web_url(card.license_link)) {
            list.push(Json(card.license_link));
        } else {
            list.push(
                Json::object()
                    .set("@type", Json("sc:CreativeWork"))
                    .set("name", Json(other && !card.license_name.empty() ? card.license_name : license)));
        }
    }
    if (list.items().empty()) { // the format wants one; nobody's rights are made up
        list.push(Json::object()
                      .set("@type", Json("sc:CreativeWork"))
                      .set("name", Json("The licence is not stated")));
    }
    return list.items().size() == 1 ? list.items().front() : list;
}

Json creators_of(const Card& card, const VersionFacts& facts) {
    auto list = Json::array();
    for (const auto& person : card.authors) {
        auto json = Json::object();
        json.set("@type", Json("sc:Person")).set("name", Json(person.name));
        if (!person.email.empty()) {
            json.set("email", Json(person.email));
        }
        if (!person.orcid.empty()) {
            json.set("identifier", Json(person.orcid));
        }
        if (!person.affiliation.empty()) {
            json.set(
                "affiliation",
                Json::object().set("@type", Json("sc:Organization")).set("name", Json(person.affiliation)));
        }
        list.push(std::move(json));
    }
    if (list.items().empty()) {
        list.push(Json::object()
                      .set("@type", Json("sc:Person"))
                      .set("name", Json(facts.author.empty() ? "unknown" : facts.author)));
    }
    return list.items().size() == 1 ? list.items().front() : list;
}

/// Croissant wants MAJOR.MINOR.PATCH: "v1.2" is "1.2.0". Other names stay what they are.
std::string semantic_version(const std::string& name) {
    std::string_view rest = name;
    if (rest.starts_with('v') || rest.starts_with('V')) {
        rest.remove_prefix(1);
    }
    unsigned parts = 0;
    for (std::string_view at = rest; parts <= 3; ++parts) {
        const auto dot = std::min(at.find('.'), at.size());
        const auto part = at.substr(0, dot);
        const bool digits =
            !part.empty() && part.size() <= 9 && (part == "0" || part[0] != '0') &&
            std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!digits) {
            return name;
        }
        if (dot == at.size()) {
            ++parts;
            break;
        }
        at.remove_prefix(dot + 1);
    }
    if (parts > 3) {
        return name;
    }
    std::string version(rest);
    for (; parts < 3; ++parts) {
        version += ".0";
    }
    return version;
}

Json words(const std::vector<std::string>& list) {
    auto json = Json::array();
    for (const auto& word : list) {
        json.push(Json(word));
    }
    return json;
}

} // namespace

Json card_for_croissant(const Card& card, const VersionFacts& facts, const EachFile& files,
                        std::size_t file_objects) {
    auto json = Json::object();
    json.set("@context", context()).set("@type", Json("sc:Dataset"));
    json.set("conformsTo", Json(conforms_to));
    json.set("name", Json(card.pretty_name.empty() ? facts.dataset.name() : card.pretty_name));
    json.set("alternateName", Json(facts.dataset.str() + ":" + facts.version));
    json.set("description",
             Json(card.description.empty() ? "Version " + facts.version + " of " + facts.dataset.str()
                                           : card.description));
    json.set("url", Json(is_web_url(card.homepage) ? card.homepage : version_uri(facts)));
    json.set("license", licenses_of(card));
    json.set("creator", creators_of(card, facts));
    json.set(facts.published ? "datePublished" : "dateModified", Json(rfc3339(facts.time)));
    if (!facts.published) { // the format wants it of a draft as well
        json.set("datePublished", Json(rfc3339(facts.time)));
    }
    json.set("version", Json(semantic_version(facts.version)));
    if (facts.digest) {
        json.set("identifier", Json(digest_str(*facts.digest)));
    }
    if (!card.tags.empty()) {
        json.set("keywords", words(card.tags));
    }
    if (!card.languages.empty()) {
        json.set("inLanguage", words(card.languages));
    }
    json.set("citeAs", Json(card.citation.empty() ? cite_bibtex(card, facts) : card.citation));
    if (is_web_url(card.download_url)) {
        json.set("sameAs", Json(card.download_url));
    }
    if (!facts.published) {
        json.set("isLiveDataset", Json(true));
    }
    if (!card.features.empty()) {
        auto features = Json::array();
        for (const auto& feature : card.features) {
            auto one = Json::object();
            one.set("@type", Json("sc:PropertyValue")).set("name", Json(feature.name));
            if (!feature.description.empty()) {
                one.set("description", Json(feature.description));
            }
            if (!feature.type.empty()) {
                one.set("measurementTechnique", Json(feature.type));
            }
            features.push(std::move(one));
        }
        json.set("variableMeasured", std::move(features));
    }
    return json.set("distribution", croissant_files(facts, files, file_objects));
}

} // namespace ds
