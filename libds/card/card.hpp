// The dataset card: README.md with YAML front matter between two lines "---". Hugging Face's keys and LLMOS's are both
// understood, in either spelling:
//
//   description                     text; without it the first paragraph below the front matter
//   tags, license, language         a word or a list of words
//   splitTypes (split_types)        words; or the splits of dataset_info or configs
//   features                        words, or maps with name, dtype (or type) and description; or those of dataset_info
//   numSamples (num_samples)        a number; or the sum of num_examples in dataset_info
//   citation, homepage, downloadUrl (download_url), contact, pretty_name
//   authors                         words ("Ada Example <ada@example.org>"), or maps with name, email, orcid, affiliation
//
// What else Hugging Face knows is kept for `card export --to hf` and means nothing here.
#pragma once

#include "card/yaml.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct CardPerson {
    std::string name;
    std::string email, orcid, affiliation; ///< empty where not said
};
struct CardFeature {
    std::string name;
    std::string type, description; ///< empty where not said
};

/// What a card says. Empty where it says nothing. Value type.
struct Card {
    std::string pretty_name;
    std::string description;
    std::vector<std::string> tags, licenses, languages, split_types;
    std::vector<CardFeature> features;
    std::optional<std::uint64_t> num_samples;
    std::string citation, homepage, download_url, contact;
    std::vector<CardPerson> authors;

    std::string license_name, license_link; ///< of a license "other"

    YamlNode front; ///< the front matter as it stands
    std::string body;
};

/// Something about a card that should be otherwise.
struct CardProblem {
    unsigned line = 0; ///< of README.md, from 1; 0: of all of it
    std::string text;
    std::string hint; ///< how to put it right; may be empty
};

/// Where the card lies in a version.
inline constexpr std::string_view card_path = "README.md";
/// Above it a README.md is no card.
inline constexpr std::uint64_t max_card_bytes = 4u << 20;

/// Takes what can be understood; the rest is left out, and in `problems` if that is given. A text without front matter
/// has its first paragraph as description.
/// @throws YamlError when the front matter is no YAML (line numbers are those of `readme`)
[[nodiscard]] Card parse_card(ByteView readme, std::vector<CardProblem>* problems = nullptr);
/// Everything that is wrong with a card, by line; never throws for what the card says.
[[nodiscard]] std::vector<CardProblem> lint_card(ByteView readme);
/// A card to fill in.
[[nodiscard]] std::string card_template(std::string_view dataset, std::string_view description,
                                        std::string_view author);
/// All members as JSON; those it does not have are null or empty lists.
[[nodiscard]] Json card_json(const Card& card);

/// The front matter of a text and where its body begins.
struct FrontMatter {
    ByteView yaml;
    ByteView body;
    bool there = false;  ///< the text begins with "---"
    bool closed = false; ///< and a second "---" follows
    unsigned body_line = 1;
};
[[nodiscard]] FrontMatter split_front_matter(ByteView readme);

} // namespace ds
