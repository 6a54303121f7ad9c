// What should be otherwise in a card.
#include "card/card.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "card/card_keys.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::size_t most_problems = 200;

unsigned line_of(const Card& card, std::string_view key) {
    for (const auto& member : card.front.members) {
        if (member.key == key) {
            return member.line;
        }
    }
    return 0;
}

/// BCP 47 as far as cards go: a language of two or three letters, then parts of two to eight.
bool is_language(std::string_view text) {
    bool first = true;
    while (true) {
        const auto dash = std::min(text.find('-'), text.size());
        const auto part = text.substr(0, dash);
        const bool plain = std::all_of(part.begin(), part.end(), [&](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
        });
        if (!plain || part.size() < 2 || part.size() > (first ? 3 : 8)) {
            return false;
        }
        if (dash == text.size()) {
            return true;
        }
        text.remove_prefix(dash + 1);
        first = false;
    }
}

void lint_keys(const Card& card, std::vector<CardProblem>& problems) {
    const auto& known = known_card_keys();
    for (const auto& member : card.front.members) {
        if (std::find(known.begin(), known.end(), member.key) == known.end()) {
            const auto near = closest(member.key, known);
            problems.push_back({member.line, fmt::format("'{}' is no key of a card", printable(member.key)),
                                near.empty() ? "" : fmt::format("did you mean '{}'?", near)});
        }
    }
    constexpr std::pair<std::string_view, std::string_view> twins[] = {
        {"splitTypes", "split_types"}, {"numSamples", "num_samples"}, {"downloadUrl", "download_url"}};
    for (const auto& [one, other] : twins) {
        if (line_of(card, one) != 0 && line_of(card, other) != 0) {
            problems.push_back({line_of(card, other), fmt::format("'{}' says the same as '{}'", other, one),
                                "keep one of them"});
        }
    }
}

void lint_values(const Card& card, std::vector<CardProblem>& problems) {
    for (const auto& license : card.licenses) {
        if (find_license(license) == nullptr && !is_web_url(license)) {
            std::vector<std::string_view> names;
            for (const auto& one : known_licenses()) {
                names.push_back(one.card);
            }
            const auto near = closest(license, names);
            problems.push_back({line_of(card, "license"),
                                fmt::format("'{}' is no licence that is known", printable(license)),
                                near.empty() ? "write 'other', and license_name and license_link"
                                             : fmt::format("did you mean '{}'?", near)});
        }
    }
    for (const auto& language : card.languages) {
        if (!is_language(language)) {
            problems.push_back({line_of(card, "language"),
                                fmt::format("'{}' is no language code", printable(language)),
                                "write it as BCP 47 has it: en, de, zh-Hant"});
        }
    }
    const auto url = [&](std::string_view key, const std::string& value) {
        if (!value.empty() && !is_web_url(value)) {
            problems.push_back({line_of(card, key),
                                fmt::format("'{}' is no URL: '{}'", key, printable(value)),
                                "write https://…"});
        }
    };
    url("homepage", card.homepage);
    url(line_of(card, "downloadUrl") != 0 ? "downloadUrl" : "download_url", card.download_url);
    if (!card.contact.empty() && !is_email(card.contact) && !is_web_url(card.contact)) {
        problems.push_back(
            {line_of(card, "contact"),
             fmt::format("'{}' is neither an e-mail address nor a URL", printable(card.contact)), ""});
    }
    for (const auto& person : card.authors) {
        if (!person.email.empty() && !is_email(person.email)) {
            problems.push_back({line_of(card, "authors"),
                                fmt::format("'{}' is no e-mail address", printable(person.email)), ""});
        }
    }
    std::vector<std::string> names;
    for (const auto& feature : card.features) {
        if (std::find(names.begin(), names.end(), feature.name) != names.end()) {
            problems.push_back({std::max(line_of(card, "features"), line_of(card, "dataset_info")),
                                fmt::format("feature '{}' is there twice", printable(feature.name)), ""});
        }
        names.push_back(feature.name);
        if (names.size() > most_problems) {
            break;
        }
    }
}

void lint_missing(const Card& card, std::vector<CardProblem>& problems) {
    if (card.description.empty()) {
        problems.push_back(
            {0, "there is no description", "description: what the data is, in a sentence or two"});
    }
    if (card.licenses.empty()) {
        problems.push_back({0, "there is no license", "license: cc-by-4.0"});
    }
    const bool other = std::find(card.licenses.begin(), card.licenses.end(), "other") != card.licenses.end();
    if (other && card.license_name.empty()) {
        problems.push_back({line_of(card, "license"), "license 'other' does not say which",
                            "license_name: NAME, and license_link: URL"});
    }
}

/// Bytes that are no text, by line; the first few.
void lint_bytes(ByteView readme, std::vector<CardProblem>& problems) {
    unsigned line = 1;
    unsigned found = 0;
    unsigned last = 0;
    for (std::size_t at = 0; at < readme.size() && found < 10;) {
        const auto c = decode_utf8(readme.substr(at));
        const bool plain = c.length > 0 &&
                           (c.code >= 0x20 || c.code == '\n' || c.code == '\t' || c.code == '\r') &&
                           c.code != 0x7f;
        if (!plain && line != last) {
            problems.push_back({line, c.length == 0 ? "bytes that are no UTF-8" : "a control character", ""});
            last = line;
            ++found;
        }
        line += c.code == '\n' && c.length == 1 ? 1 : 0;
        at += std::max<std::size_t>(c.length, 1);
    }
}

} // namespace

std::vector<CardProblem> lint_card(ByteView readme) {
    std::vector<CardProblem> problems;
    if (readme.size() > max_card_bytes) {
        problems.push_back({0, fmt::format("a card has at most {}", human_bytes(max_card_bytes)), ""});
        return problems;
    }
    lint_bytes(readme, problems);
    const auto split = split_front_matter(readme);
    if (!split.there) {
        problems.push_back(
            {1, "there is no front matter", "begin with a line ---, then KEY: VALUE, then ---"});
    } else if (!split.closed) {
        problems.push_back({1, "the front matter has no end", "put a line --- behind it"});
        return problems;
    }
    try {
        const auto card = parse_card(readme, &problems);
        lint_keys(card, problems);
        lint_values(card, problems);
        lint_missing(card, problems);
    } catch (const YamlError& error) {
        problems.push_back({error.line(), error.what_is_wrong(), ""});
    }
    std::stable_sort(problems.begin(), problems.end(),
                     [](const CardProblem& a, const CardProblem& b) { return a.line < b.line; });
    if (problems.size() > most_problems) {
        problems.resize(most_problems);
    }
    return problems;
}

std::string card_template(std::string_view dataset, std::string_view description, std::string_view author) {
    auto front = YamlNode::map();
    front.set("pretty_name", YamlNode::scalar(std::string(dataset)));
    front.set("description", YamlNode::scalar(std::string(description)));
    auto authors = YamlNode::list();
    authors.items.push_back(YamlNode::scalar(std::string(author)));
    const std::string title(dataset.substr(std::min(dataset.find('/') + 1, dataset.size())));
    return "---\n# What the data is, in a sentence or two.\n" + write_yaml(front) +
           "# As Hugging Face spells it: cc-by-4.0, mit, odbl, other, …\n"
           "license: unknown\n"
           "tags: []\n"
           "# Codes as in BCP 47: [en, de].\n"
           "language: []\n"
           "splitTypes: []\n"
           "# Names, or maps with name, dtype and description.\n"
           "features: []\n"
           "# numSamples: 1000\n"
           "# homepage: https://example.org/\n"
           "# downloadUrl: https://example.org/data\n" +
           write_yaml(YamlNode::map().set("authors", std::move(authors))) +
           "# contact: somebody@example.org\n"
           "# citation: how to cite it, as BibTeX\n"
           "---\n\n# " +
           title + "\n\nWhere the data comes from, how it was made, what it is good for.\n";
}

} // namespace ds
