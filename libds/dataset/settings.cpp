#include "dataset/settings.hpp"

#include "base/error.hpp"
#include "base/names.hpp"
#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <limits>

namespace ds {

namespace {

enum class Takes { text, component, dataset, boolean, size, seconds, count, one_of };

struct Setting {
    std::string_view section;
    std::string_view sub; ///< what a subsection is called, "" if there is none
    std::string_view name;
    Takes takes = Takes::text;
    std::string_view words = {}; ///< one_of: separated by '|'
};

constexpr std::array settings = {
    Setting{"cache", "", "max-size", Takes::size},
    Setting{"core", "", "lock-timeout", Takes::seconds},
    Setting{"core", "", "namespace", Takes::component},
    Setting{"core", "", "record-use", Takes::one_of, "true|local|false|yes|no|on|off|1|0"},
    Setting{"dataset", "", "description"},
    Setting{"dataset", "", "name", Takes::dataset},
    Setting{"dataset", "", "registry", Takes::component},
    Setting{"mount", "", "timeout", Takes::seconds},
    Setting{"registry", "", "default", Takes::component},
    Setting{"registry", "NAME", "ca-bundle"},
    Setting{"registry", "NAME", "control-bucket"},
    Setting{"registry", "NAME", "credentials-dir"},
    Setting{"registry", "NAME", "endpoint"},
    Setting{"registry", "NAME", "limit-rate", Takes::size},
    Setting{"registry", "NAME", "max-put", Takes::size},
    Setting{"registry", "NAME", "profile"},
    Setting{"registry", "NAME", "region"},
    Setting{"registry", "NAME", "timeout", Takes::seconds},
    Setting{"registry", "NAME", "url"},
    Setting{"sign", "", "key"},
    Setting{"store", "", "large-files", Takes::one_of, "auto|copy|reference"},
    Setting{"user", "", "email"},
    Setting{"user", "", "name"},
    Setting{"verify", "", "allowed-signers"},
    Setting{"verify", "", "require", Takes::boolean},
    Setting{"verify", "", "signers-required", Takes::count},
    Setting{"verify", "NAME", "allowed-signers"},
    Setting{"verify", "NAME", "require", Takes::boolean},
    Setting{"verify", "NAME", "signers-required", Takes::count},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

std::string key_of(const Setting& setting) {
    return fmt::format("{}.{}{}{}", setting.section, setting.sub, setting.sub.empty() ? "" : ".",
                       setting.name);
}

const Setting* find(std::string_view key) {
    const auto first = key.find('.');
    const auto last = key.rfind('.');
    if (first == std::string_view::npos) {
        return nullptr;
    }
    const auto section = lower(key.substr(0, first));
    const auto name = lower(key.substr(last + 1));
    const auto* const it = std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) {
        return setting.section == section && setting.name == name && setting.sub.empty() == (first == last);
    });
    return it == settings.end() ? nullptr : it;
}

bool is_word_of(std::string_view words, std::string_view value) {
    while (!words.empty()) {
        const auto bar = std::min(words.find('|'), words.size());
        if (words.substr(0, bar) == value) {
            return true;
        }
        words.remove_prefix(std::min(bar + 1, words.size()));
    }
    return false;
}

/// Seconds and counts share what they accept here; their readers hold them to bounds of their own.
bool is_number(const std::string& value) {
    const auto number = parse_number(value);
    return number && *number <= std::numeric_limits<unsigned>::max();
}

bool is_dataset_name(const std::string& value) {
    const auto slash = value.find('/');
    return slash != std::string::npos && is_component(value.substr(0, slash)) &&
           is_component(value.substr(slash + 1));
}

/// What a setting takes, in words; empty if it takes the value.
std::string missed(const Setting& setting, const std::string& value) {
    constexpr std::string_view booleans = "true|false|yes|no|on|off|1|0";
    switch (setting.takes) {
    case Takes::text:
        return "";
    case Takes::component:
        return is_component(value) ? "" : "a name of a-z and 0-9, with '.', '_' or '-' between";
    case Takes::dataset:
        return is_dataset_name(value) ? "" : "NAMESPACE/NAME";
    case Takes::boolean:
        return is_word_of(booleans, lower(value)) ? "" : "true or false";
    case Takes::size:
        return parse_bytes(value) ? "" : "a size, as 20M or 5GiB";
    case Takes::seconds:
        return is_number(value) ? "" : "a number of seconds";
    case Takes::count:
        return is_number(value) && value != "0" ? "" : "a number from 1";
    case Takes::one_of:
        return is_word_of(setting.words, value) ? "" : fmt::format("one of {}", setting.words);
    }
    return "";
}

} // namespace

std::vector<std::string> known_settings() {
    std::vector<std::string> keys;
    keys.reserve(settings.size());
    std::transform(settings.begin(), settings.end(), std::back_inserter(keys), key_of);
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::string_view> registry_settings() {
    std::vector<std::string_view> names;
    for (const auto& setting : settings) {
        if (setting.section == "registry" && !setting.sub.empty() && setting.name != "url") {
            names.push_back(setting.name);
        }
    }
    return names;
}

bool is_known_setting(std::string_view key) {
    return find(key) != nullptr;
}

std::string similar_setting(std::string_view key) {
    return closest(lower(key), known_settings());
}

void check_setting(std::string_view key, const std::string& value) {
    const auto* const setting = find(key);
    if (setting == nullptr) {
        return;
    }
    if (const auto wanted = missed(*setting, value); !wanted.empty()) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{} takes {}, not '{}'", printable(std::string(key)), wanted, printable(value)),
            "dsctl help config");
    }
}

} // namespace ds
