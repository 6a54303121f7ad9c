// From front matter to the members of a card.
#include "card/card.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "card/card_keys.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// The first paragraph that is no heading, image or comment, on one line.
std::string first_paragraph(ByteView body) {
    std::string paragraph;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        const auto line = trimmed(body.substr(0, end));
        body.remove_prefix(std::min(end + 1, body.size()));
        const bool text = !line.empty() && line[0] != '#' && line[0] != '!' && !line.starts_with("<!--") &&
                          !line.starts_with("[!");
        if (text) {
            paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
        } else if (!paragraph.empty()) {
            break;
        }
    }
    return paragraph;
}

/// Reads the members of one map, and notes what cannot be read.
class Reader {
  public:
    Reader(const YamlNode& map, std::vector<CardProblem>* problems) : map_(map), problems_(problems) {}

    const YamlNode* find(std::string_view key, std::string_view other = {}) const {
        const auto* node = map_.find(key);
        node = node == nullptr && !other.empty() ? map_.find(other) : node;
        return node != nullptr && node->kind == YamlNode::Kind::null ? nullptr : node;
    }

    std::string text(std::string_view key, std::string_view other = {}) const {
        const auto* node = find(key, other);
        if (node == nullptr) {
            return "";
        }
        if (!node->is_scalar()) {
            complain(*node, fmt::format("'{}' must be a text", key));
            return "";
        }
        return std::string(trimmed(node->text));
    }

    /// One word or a list of words.
    std::vector<std::string> words(std::string_view key, std::string_view other = {}) const {
        std::vector<std::string> result;
        const auto* node = find(key, other);
        if (node == nullptr) {
            return result;
        }
        const auto take = [&](const YamlNode& item) {
            const auto word = std::string(trimmed(item.text));
            if (!item.is_scalar() || word.empty()) {
                complain(item, fmt::format("'{}' must be a list of words", key));
            } else {
                result.push_back(word);
            }
        };
        if (node->kind == YamlNode::Kind::list) {
            std::for_each(node->items.begin(), node->items.end(), take);
        } else {
            take(*node);
        }
        return result;
    }

    std::optional<std::uint64_t> number(std::string_view key, std::string_view other = {}) const {
        const auto* node = find(key, other);
        if (node == nullptr) {
            return std::nullopt;
        }
        const auto value = node->number();
        if (!value) {
            complain(*node, fmt::format("'{}' must be a whole number", key));
        }
        return value;
    }

    /// The items of a list, or a single value as one.
    std::vector<const YamlNode*> items(std::string_view key, std::string_view other = {}) const {
        std::vector<const YamlNode*> result;
        if (const auto* node = find(key, other)) {
            if (node->kind == YamlNode::Kind::list) {
                for (const auto& item : node->items) {
                    result.push_back(&item);
                }
            } else {
                result.push_back(node);
            }
        }
        return result;
    }

    void complain(const YamlNode& node, std::string what) const {
        if (problems_ != nullptr) {
            problems_->push_back({node.line, std::move(what), ""});
        }
    }

  private:
    const YamlNode& map_;
    std::vector<CardProblem>* problems_;
};

/// "Ada Example <ada@example.org>".
CardPerson person_of(std::string_view text) {
    CardPerson person;
    const auto open = text.find('<');
    if (open != std::string_view::npos && text.ends_with('>')) {
        person.email = trimmed(text.substr(open + 1, text.size() - open - 2));
        text = text.substr(0, open);
    }
    person.name = trimmed(text);
    return person;
}

std::vector<CardPerson> persons(const Reader& front, std::vector<CardProblem>* problems) {
    std::vector<CardPerson> result;
    for (const auto* item : front.items("authors")) {
        CardPerson person;
        if (item->is_scalar()) {
            person = person_of(item->text);
        } else if (item->kind == YamlNode::Kind::map) {
            const Reader map(*item, problems);
            person = {map.text("name"), map.text("email"), map.text("orcid"), map.text("affiliation")};
        }
        if (person.name.empty()) {
            front.complain(*item, "an author must have a name");
        } else {
            result.push_back(std::move(person));
        }
    }
    return result;
}

/// Hugging Face writes nested types as maps ("sequence", "list", "struct", "class_label").
std::string type_of(const Reader& feature) {
    for (const std::string_view key : {"dtype", "type"}) {
        if (const auto* node = feature.find(key)) {
            return node->is_scalar()        ? std::string(trimmed(node->text))
                   : !node->members.empty() ? node->members.front().key
                                            : "";
        }
    }
    for (const std::string_view key : {"sequence", "list", "struct"}) {
        if (feature.find(key) != nullptr) {
            return std::string(key);
        }
    }
    return "";
}

void add_features(const Reader& from, std::vector<CardFeature>& to, std::vector<CardProblem>* problems) {
    for (const auto* item : from.items("features")) {
        CardFeature feature;
        if (item->is_scalar()) {
            feature.name = trimmed(item->text);
        } else if (item->kind == YamlNode::Kind::map) {
            const Reader map(*item, problems);
            feature = {map.text("name"), type_of(map), map.text("description")};
        }
        if (feature.name.empty()) {
            from.complain(*item, "a feature must have a name");
        } else {
            to.push_back(std::move(feature));
        }
    }
}

void add_word(std::vector<std::string>& words, std::string word) {
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) {
        words.push_back(std::move(word));
    }
}

/// What Hugging Face's tools write about the data, where the card itself does not say it.
void read_dataset_info(const Reader& front, Card& card, std::vector<CardProblem>* problems) {
    const bool own_features = front.find("features") != nullptr;
    const bool own_splits = front.find("splitTypes", "split_types") != nullptr;
    const bool own_samples = front.find("numSamples", "num_samples") != nullptr;
    std::optional<std::uint64_t> samples;
    bool first = true;
    for (const auto* item : front.items("dataset_info")) {
        if (item->kind != YamlNode::Kind::map) {
            front.complain(*item, "'dataset_info' must be a map");
            continue;
        }
        const Reader info(*item, problems);
        if (!own_features && first) { // of several configurations those of the first
            add_features(info, card.features, problems);
        }
        first = false;
        for (const auto* split : info.items("splits")) {
            if (split->kind != YamlNode::Kind::map) {
                continue;
            }
            const Reader map(*split, problems);
            if (!own_splits) {
                add_word(card.split_types, map.text("name"));
            }
            if (const auto n = map.number("num_examples")) {
                const auto sum = samples.value_or(0);
                samples = *n > ~std::uint64_t{0} - sum ? ~std::uint64_t{0} : sum + *n;
            }
        }
    }
    card.num_samples = own_samples ? card.num_samples : samples;
    for (const auto* config : front.items("configs")) {
        if (own_splits || config->kind != YamlNode::Kind::map) {
            continue;
        }
        for (const auto* files : Reader(*config, problems).items("data_files")) {
            if (files->kind == YamlNode::Kind::map) {
                add_word(card.split_types, Reader(*files, problems).text("split"));
            }
        }
    }
}

} // namespace

FrontMatter split_front_matter(ByteView readme) {
    constexpr std::string_view mark = "---";
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    FrontMatter result;
    if (readme.starts_with(byte_order_mark)) {
        readme.remove_prefix(byte_order_mark.size());
    }
    result.body = readme;
    const auto line_end = [&](std::size_t at) { return std::min(readme.find('\n', at), readme.size()); };
    const auto is_mark = [&](std::size_t at, std::size_t end) {
        auto line = readme.substr(at, end - at);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
            line.remove_suffix(1);
        }
        return line == mark;
    };
    auto end = line_end(0);
    if (!is_mark(0, end)) {
        return result;
    }
    result.there = true;
    const auto begin = std::min(end + 1, readme.size());
    unsigned line = 1;
    for (auto at = begin; at < readme.size(); at = end + 1) {
        ++line;
        end = line_end(at);
        if (is_mark(at, end)) {
            result.closed = true;
            result.yaml = readme.substr(begin, at - begin);
            result.body = readme.substr(std::min(end + 1, readme.size()));
            result.body_line = line + 1;
            return result;
        }
    }
    return result;
}

Card parse_card(ByteView readme, std::vector<CardProblem>* problems) {
    Card card;
    const auto split = split_front_matter(readme);
    card.body = split.body;
    if (split.closed) {
        card.front = parse_yaml(split.yaml, 2);
    }
    if (card.front.kind != YamlNode::Kind::map) {
        if (card.front.kind != YamlNode::Kind::null && problems != nullptr) {
            problems->push_back({card.front.line, "the front matter must be a map", "write KEY: VALUE"});
        }
        card.front = YamlNode::map();
    }
    const Reader front(card.front, problems);
    card.pretty_name = front.text("pretty_name");
    card.description = front.text("description");
    if (card.description.empty()) {
        card.description = first_paragraph(card.body);
    }
    card.tags = front.words("tags");
    card.licenses = front.words("license");
    card.license_name = front.text("license_name");
    card.license_link = front.text("license_link");
    card.languages = front.words("language");
    card.split_types = front.words("splitTypes", "split_types");
    add_features(front, card.features, problems);
    card.num_samples = front.number("numSamples", "num_samples");
    card.citation = front.text("citation");
    card.homepage = front.text("homepage");
    card.download_url = front.text("downloadUrl", "download_url");
    card.contact = front.text("contact");
    card.authors = persons(front, problems);
    read_dataset_info(front, card, problems);
    return card;
}

Json card_json(const Card& card) {
    const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
    const auto list = [](const std::vector<std::string>& values) {
        auto json = Json::array();
        for (const auto& value : values) {
            json.push(Json(value));
        }
        return json;
    };
    auto features = Json::array();
    for (const auto& feature : card.features) {
        features.push(Json::object()
                          .set("name", Json(feature.name))
                          .set("type", text(feature.type))
                          .set("description", text(feature.description)));
    }
    auto authors = Json::array();
    for (const auto& person : card.authors) {
        authors.push(Json::object()
                         .set("name", Json(person.name))
                         .set("email", text(person.email))
                         .set("orcid", text(person.orcid))
                         .set("affiliation", text(person.affiliation)));
    }
    auto json = Json::object();
    json.set("pretty_name", text(card.pretty_name)).set("description", text(card.description));
    json.set("tags", list(card.tags)).set("licenses", list(card.licenses));
    json.set("languages", list(card.languages)).set("split_types", list(card.split_types));
    json.set("features", std::move(features));
    json.set("num_samples", card.num_samples ? Json(*card.num_samples) : Json());
    json.set("citation", text(card.citation)).set("homepage", text(card.homepage));
    json.set("download_url", text(card.download_url)).set("authors", std::move(authors));
    return json.set("contact", text(card.contact));
}

} // namespace ds
