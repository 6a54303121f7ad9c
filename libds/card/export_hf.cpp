// Hugging Face: the same README.md, its front matter in that spelling.
#include "card/exports.hpp"

#include <algorithm>
#include <array>

namespace ds {

namespace {

/// Sizes as Hugging Face groups them.
std::string size_category(std::uint64_t n) {
    struct Step {
        std::uint64_t below;
        const char* name;
    };
    constexpr std::array<Step, 10> steps = {{{1'000, "n<1K"},
                                             {10'000, "1K<n<10K"},
                                             {100'000, "10K<n<100K"},
                                             {1'000'000, "100K<n<1M"},
                                             {10'000'000, "1M<n<10M"},
                                             {100'000'000, "10M<n<100M"},
                                             {1'000'000'000, "100M<n<1B"},
                                             {10'000'000'000, "1B<n<10B"},
                                             {100'000'000'000, "10B<n<100B"},
                                             {1'000'000'000'000, "100B<n<1T"}}};
    for (const auto& step : steps) {
        if (n < step.below) {
            return step.name;
        }
    }
    return "n>1T";
}

YamlNode list_of(const std::vector<std::string>& words) {
    auto list = YamlNode::list();
    for (const auto& word : words) {
        list.items.push_back(YamlNode::scalar(word));
    }
    return list;
}

YamlNode dataset_info(const Card& card) {
    auto info = YamlNode::map();
    auto features = YamlNode::list();
    for (const auto& feature : card.features) {
        auto one = YamlNode::map();
        one.set("name", YamlNode::scalar(feature.name));
        if (!feature.type.empty()) {
            one.set("dtype", YamlNode::scalar(feature.type));
        }
        features.items.push_back(std::move(one));
    }
    if (!card.features.empty()) {
        info.set("features", std::move(features));
    }
    auto splits = YamlNode::list();
    for (const auto& split : card.split_types) {
        auto one = YamlNode::map();
        one.set("name", YamlNode::scalar(split));
        if (card.num_samples && card.split_types.size() == 1) {
            one.set("num_examples", YamlNode::number(*card.num_samples));
        }
        splits.items.push_back(std::move(one));
    }
    if (!card.split_types.empty()) {
        info.set("splits", std::move(splits));
    }
    return info;
}

} // namespace

std::string card_for_hf(const Card& card) {
    // What has another spelling there is written anew; everything else stays where it is.
    constexpr std::array<std::string_view, 6> ours = {"splitTypes", "split_types", "features",
                                                      "numSamples", "num_samples", "tags"};
    auto front = YamlNode::map();
    for (const auto& member : card.front.members) {
        if (member.key == "license" || member.key == "language") {
            const auto& words = member.key == "license" ? card.licenses : card.languages;
            front.set(member.key, words.size() == 1 && member.key == "license" ? YamlNode::scalar(words[0])
                                                                               : list_of(words));
        } else if (std::find(ours.begin(), ours.end(), member.key) == ours.end()) {
            front.set(member.key, member.value);
        }
    }
    if (!card.tags.empty()) {
        front.set("tags", list_of(card.tags));
    }
    if (card.num_samples && front.find("size_categories") == nullptr) {
        front.set("size_categories", list_of({size_category(*card.num_samples)}));
    }
    if (front.find("dataset_info") == nullptr && (!card.features.empty() || !card.split_types.empty())) {
        front.set("dataset_info", dataset_info(card));
    }
    const std::string yaml = front.members.empty() ? std::string() : write_yaml(front);
    return "---\n" + yaml + "---\n" + (card.body.starts_with("\n") ? "" : "\n") + card.body;
}

} // namespace ds
