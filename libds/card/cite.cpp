// Citations of one version.
#include "card/exports.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "card/card_keys.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

std::vector<CardPerson> authors_of(const Card& card, const VersionFacts& facts) {
    if (!card.authors.empty()) {
        return card.authors;
    }
    CardPerson person;
    person.name = facts.author.empty() ? "unknown" : facts.author;
    return {person};
}

std::string title_of(const Card& card, const VersionFacts& facts) {
    return card.pretty_name.empty() ? facts.dataset.str() : card.pretty_name;
}

std::string year_of(const VersionFacts& facts) {
    return rfc3339(facts.time).substr(0, 4);
}

std::string digest_of(const VersionFacts& facts) {
    return facts.digest           ? digest_str(*facts.digest)
           : facts.commit.empty() ? "draft without commits"
                                  : "commit " + facts.commit;
}

/// "Given Family" or "Family, Given"; a single word is nobody's family name.
struct SplitName {
    std::string given, family;
};
SplitName split_name(const std::string& name) {
    if (const auto comma = name.find(", "); comma != std::string::npos) {
        return {name.substr(comma + 2), name.substr(0, comma)};
    }
    const auto blank = name.rfind(' ');
    return blank == std::string::npos ? SplitName{"", name}
                                      : SplitName{name.substr(0, blank), name.substr(blank + 1)};
}

/// For BibTeX's braces: what TeX takes for more than itself is escaped, line ends are blanks.
std::string tex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '\\':
            out += "\\textbackslash{}";
            break;
        case '~':
            out += "\\textasciitilde{}";
            break;
        case '^':
            out += "\\textasciicircum{}";
            break;
        case '{':
        case '}':
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
            out += '\\';
            out += c;
            break;
        case '\n':
        case '\r':
        case '\t':
            out += ' ';
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string one_line(std::string text) {
    for (char& c : text) {
        c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return text;
}

/// Of a name the letters that a citation key may have.
std::string key_of(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out += plain ? c : '_';
    }
    return out;
}

} // namespace

std::string cite_bibtex(const Card& card, const VersionFacts& facts) {
    std::string names;
    for (const auto& person : authors_of(card, facts)) {
        const auto split = split_name(one_line(person.name));
        names += names.empty() ? "" : " and ";
        names +=
            split.given.empty() ? "{" + tex(split.family) + "}" : tex(split.family) + ", " + tex(split.given);
    }
    return fmt::format("@misc{{{}_{},\n"
                       "  author  = {{{}}},\n"
                       "  title   = {{{}}},\n"
                       "  year    = {{{}}},\n"
                       "  version = {{{}}},\n"
                       "  howpublished = {{Data set {}}},\n"
                       "  note    = {{{}}},\n"
                       "  url     = {{{}}}\n"
                       "}}\n",
                       key_of(facts.dataset.str()), key_of(facts.version), names, tex(title_of(card, facts)),
                       year_of(facts), tex(facts.version), tex(facts.dataset.str() + ":" + facts.version),
                       tex(digest_of(facts)), is_web_url(card.homepage) ? card.homepage : version_uri(facts));
}

std::string cite_text(const Card& card, const VersionFacts& facts) {
    const auto people = authors_of(card, facts);
    std::string names;
    for (std::size_t i = 0; i < people.size(); ++i) {
        const auto split = split_name(one_line(people[i].name));
        std::string name = split.family;
        std::string_view given = split.given;
        for (std::string initials = ", "; !given.empty(); initials = " ") {
            const auto blank = std::min(given.find(' '), given.size());
            if (blank > 0) {
                // The first letter, which may have several bytes.
                std::size_t letter = 1;
                while (letter < blank && (static_cast<unsigned char>(given[letter]) & 0xC0U) == 0x80U) {
                    ++letter;
                }
                name += initials + std::string(given.substr(0, letter)) + ".";
            }
            given.remove_prefix(std::min(blank + 1, given.size()));
        }
        names += (i == 0 ? "" : i + 1 == people.size() ? ", & " : ", ") + name;
    }
    const std::string stop = names.ends_with('.') ? "" : ".";
    return fmt::format("{}{} ({}). {} (Version {}) [Data set]. {}. {}\n", names, stop, year_of(facts),
                       one_line(title_of(card, facts)), facts.version, digest_of(facts),
                       is_web_url(card.homepage) ? card.homepage : version_uri(facts));
}

std::string cite_cff(const Card& card, const VersionFacts& facts) {
    auto cff = YamlNode::map();
    cff.set("cff-version", YamlNode::scalar("1.2.0"));
    cff.set("message", YamlNode::scalar("If you use this dataset, please cite it as below."));
    cff.set("type", YamlNode::scalar("dataset"));
    cff.set("title", YamlNode::scalar(one_line(title_of(card, facts))));
    cff.set("version", YamlNode::scalar(facts.version));
    cff.set("date-released", YamlNode::scalar(rfc3339(facts.time).substr(0, 10)));
    auto authors = YamlNode::list();
    for (const auto& person : authors_of(card, facts)) {
        const auto split = split_name(one_line(person.name));
        auto one = YamlNode::map();
        if (split.given.empty()) {
            one.set("name", YamlNode::scalar(split.family));
        } else {
            one.set("family-names", YamlNode::scalar(split.family));
            one.set("given-names", YamlNode::scalar(split.given));
        }
        if (is_email(person.email)) {
            one.set("email", YamlNode::scalar(person.email));
        }
        if (!person.affiliation.empty() && !split.given.empty()) {
            one.set("affiliation", YamlNode::scalar(one_line(person.affiliation)));
        }
        if (is_web_url(person.orcid)) {
            one.set("orcid", YamlNode::scalar(person.orcid));
        }
        authors.items.push_back(std::move(one));
    }
    cff.set("authors", std::move(authors));
    if (!card.description.empty()) {
        cff.set("abstract", YamlNode::scalar(card.description));
    }
    if (card.licenses.size() == 1 && !license_spdx(card.licenses[0]).empty()) {
        cff.set("license", YamlNode::scalar(license_spdx(card.licenses[0])));
    }
    if (is_web_url(card.homepage)) {
        cff.set("url", YamlNode::scalar(card.homepage));
    }
    if (!card.tags.empty()) {
        auto keywords = YamlNode::list();
        for (const auto& tag : card.tags) {
            keywords.items.push_back(YamlNode::scalar(tag));
        }
        cff.set("keywords", std::move(keywords));
    }
    if (!facts.digest && facts.commit.empty()) {
        return write_yaml(cff);
    }
    auto identifiers = YamlNode::list();
    auto digest = YamlNode::map();
    digest.set("type", YamlNode::scalar("other"));
    digest.set("value", YamlNode::scalar(facts.digest ? digest_str(*facts.digest) : facts.commit));
    digest.set("description",
               YamlNode::scalar(facts.digest ? "digest of the version (SHA-256 of its manifest)"
                                             : "commit of the draft"));
    identifiers.items.push_back(std::move(digest));
    cff.set("identifiers", std::move(identifiers));
    return write_yaml(cff);
}

} // namespace ds
