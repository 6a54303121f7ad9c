// LLMOS: Dataset and DatasetVersion of ml.llmos.ai/v1.
#include "card/exports.hpp"

#include "base/units.hpp"

#include <algorithm>
#include <limits>

namespace ds {

namespace {

constexpr const char* api_version = "ml.llmos.ai/v1";

/// A name of Kubernetes: lower case, digits, '-' (and '.'), at most 253.
std::string kubernetes_name(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

/// A namespace has no dots.
std::string kubernetes_namespace(std::string name) {
    std::replace(name.begin(), name.end(), '.', '-');
    return kubernetes_name(std::move(name));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

Json metadata(const DatasetName& dataset, const std::string& name) {
    return Json::object().set("name", Json(name)).set("namespace", Json(kubernetes_namespace(dataset.ns())));
}

void set_text(Json& object, std::string_view key, const std::string& value) {
    if (!value.empty()) {
        object.set(key, Json(value));
    }
}

void set_list(Json& object, std::string_view key, const std::vector<std::string>& values) {
    if (!values.empty()) {
        auto list = Json::array();
        for (const auto& value : values) {
            list.push(Json(value));
        }
        object.set(key, std::move(list));
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

std::string person_text(const CardPerson& person) {
    return person.email.empty() ? person.name : person.name + " <" + person.email + ">";
}

} // namespace

Json llmos_dataset(const Card& card, const VersionFacts& facts) {
    auto meta = Json::object();
    set_list(meta, "tags", card.tags);
    set_text(meta, "license", joined(card.licenses));
    set_list(meta, "splitTypes", card.split_types);
    std::vector<std::string> features;
    for (const auto& feature : card.features) {
        features.push_back(feature.name);
    }
    set_list(meta, "features", features);
    if (card.num_samples) { // a Go int there
        meta.set("numSamples",
                 Json(std::min<std::uint64_t>(*card.num_samples, std::numeric_limits<std::int64_t>::max())));
    }
    set_text(meta, "language", joined(card.languages));
    set_text(meta, "citation", card.citation);
    set_text(meta, "homepage", card.homepage);
    set_text(meta, "downloadUrl", card.download_url);
    std::vector<std::string> authors;
    for (const auto& person : card.authors) {
        authors.push_back(person_text(person));
    }
    set_list(meta, "authors", authors);
    set_text(meta, "contact", card.contact);

    auto card_object = Json::object();
    set_text(card_object, "description", card.description);
    card_object.set("metadata", std::move(meta));
    auto spec = Json::object();
    spec.set("datasetCard", std::move(card_object)).set("registry", Json(facts.registry));
    auto object = Json::object();
    object.set("apiVersion", Json(api_version)).set("kind", Json("Dataset"));
    object.set("metadata", metadata(facts.dataset, kubernetes_name(facts.dataset.name())));
    return object.set("spec", std::move(spec));
}

Json llmos_version(const VersionFacts& facts) {
    const auto name = kubernetes_name(facts.dataset.name());
    auto annotations = Json::object();
    annotations.set("dsctl/uri", Json(version_uri(facts)));
    if (facts.digest) {
        annotations.set("dsctl/digest", Json(digest_str(*facts.digest)));
    }
    set_text(annotations, "dsctl/commit", facts.commit);
    annotations.set("dsctl/files", Json(std::to_string(facts.files)));
    annotations.set("dsctl/bytes", Json(std::to_string(facts.bytes)));
    annotations.set("dsctl/time", Json(rfc3339(facts.time)));
    set_text(annotations, "dsctl/author", facts.author);

    auto meta = metadata(facts.dataset, name + "-" + kubernetes_name(lower(facts.version)));
    meta.set("annotations", std::move(annotations));
    auto spec = Json::object();
    spec.set("dataset", Json(name)).set("version", Json(facts.version));
    if (facts.from) {
        spec.set("copyFrom", Json::object()
                                 .set("namespace", Json(kubernetes_namespace(facts.from->dataset.ns())))
                                 .set("dataset", Json(kubernetes_name(facts.from->dataset.name())))
                                 .set("version", Json(facts.from->version)));
    }
    spec.set("publish", Json(facts.published));
    auto object = Json::object();
    object.set("apiVersion", Json(api_version)).set("kind", Json("DatasetVersion"));
    return object.set("metadata", std::move(meta)).set("spec", std::move(spec));
}

Json card_for_llmos(const Card& card, const VersionFacts& facts) {
    return Json::object()
        .set("apiVersion", Json("v1"))
        .set("kind", Json("List"))
        .set("items", Json::array().push(llmos_dataset(card, facts)).push(llmos_version(facts)));
}

} // namespace ds
