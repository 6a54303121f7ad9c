// A card and a version in the words of others.
#pragma once

#include "card/card.hpp"
#include "card/facts.hpp"

#include <string>

namespace ds {

/// README.md as Hugging Face reads it: the front matter in that spelling (dataset_info, size_categories, …), everything else as
/// it stands.
[[nodiscard]] std::string card_for_hf(const Card& card);

// LLMOS keeps datasets and versions as Kubernetes objects of ml.llmos.ai/v1. These are documents that `kubectl apply` takes;
// names are changed as far as Kubernetes' rules need it ('_' becomes '-').
/// Kind Dataset: the card.
[[nodiscard]] Json llmos_dataset(const Card& card, const VersionFacts& facts);
/// Kind DatasetVersion, with what dsctl knows of it as annotations (digest, commit, uri, counts).
[[nodiscard]] Json llmos_version(const VersionFacts& facts);
/// Both, as a List.
[[nodiscard]] Json card_for_llmos(const Card& card, const VersionFacts& facts);

/// A JSON-LD document after Croissant 1.1 (mlcommons.org). The version is a container whose SHA-256 is the digest of the version
/// and whose content is its canonical manifest. Files are FileObjects in it, each with its SHA-256, while there are at most
/// `max_file_objects`; beyond that, files of one folder at the top and one extension are FileSets, the largest such groups first.
inline constexpr std::size_t max_file_objects = 1000;
[[nodiscard]] Json card_for_croissant(const Card& card, const VersionFacts& facts, const EachFile& files,
                                      std::size_t file_objects = max_file_objects);

/// How OpenLineage names a dataset, with facets about it: {"namespace", "name", "facets"}. Without a card: what the version alone
/// tells.
[[nodiscard]] Json openlineage_dataset(const Card* card, const VersionFacts& facts);
/// A DatasetEvent about a version.
[[nodiscard]] Json card_for_openlineage(const Card& card, const VersionFacts& facts);
/// The members that every event and every facet begins with.
[[nodiscard]] Json openlineage_event(std::int64_t time, std::string_view definition);
[[nodiscard]] Json openlineage_facet(std::string_view schema_file, std::string_view definition);

// How to cite a version: its name, version, digest and authors (those of the card, else who published it).
[[nodiscard]] std::string cite_bibtex(const Card& card, const VersionFacts& facts);
[[nodiscard]] std::string cite_text(const Card& card, const VersionFacts& facts);
/// The file CITATION.cff (Citation File Format 1.2.0).
[[nodiscard]] std::string cite_cff(const Card& card, const VersionFacts& facts);

/// The media type that a file's name suggests.
[[nodiscard]] std::string media_type(std::string_view path);

} // namespace ds
