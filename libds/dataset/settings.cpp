#include "dataset/settings.hpp"

#include "base/context.hpp"
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

enum class Takes { text, component, dataset, boolean, size, seconds, count, jobs, one_of };

/// Whether it stands in a subsection, as registry.NAME.url does.
enum class Sub { none, named, either };

struct Setting {
    std::string_view section;
    Sub sub;
    std::string_view name;
    Takes takes = Takes::text;
    std::string_view words = {}; ///< one_of: separated by '|'
};

constexpr std::array settings = {
    Setting{"cache", Sub::none, "max-size", Takes::size},
    Setting{"core", Sub::none, "jobs", Takes::jobs},
    Setting{"core", Sub::none, "lock-timeout", Takes::seconds},
    Setting{"core", Sub::none, "namespace", Takes::component},
    Setting{"core", Sub::none, "record-use", Takes::one_of, "true|local|false|yes|no|on|off|1|0"},
    Setting{"dataset", Sub::none, "description"},
    Setting{"dataset", Sub::none, "name", Takes::dataset},
    Setting{"dataset", Sub::none, "registry", Takes::component},
    Setting{"mount", Sub::none, "timeout", Takes::seconds},
    Setting{"registry", Sub::none, "default", Takes::component},
    Setting{"registry", Sub::named, "ca-bundle"},
    Setting{"registry", Sub::named, "control-bucket"},
    Setting{"registry", Sub::named, "credentials-dir"},
    Setting{"registry", Sub::named, "endpoint"},
    Setting{"registry", Sub::named, "limit-rate", Takes::size},
    Setting{"registry", Sub::named, "max-put", Takes::size},
    Setting{"registry", Sub::named, "profile"},
    Setting{"registry", Sub::named, "region"},
    Setting{"registry", Sub::named, "timeout", Takes::seconds},
    Setting{"registry", Sub::named, "url"},
    Setting{"sign", Sub::none, "key"},
    Setting{"store", Sub::none, "large-files", Takes::one_of, "auto|copy|reference"},
    Setting{"user", Sub::none, "email"},
    Setting{"user", Sub::none, "name"},
    Setting{"verify", Sub::either, "allowed-signers"},
    Setting{"verify", Sub::either, "require", Takes::boolean},
    Setting{"verify", Sub::either, "signers-required", Takes::count},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

bool may_stand(const Setting& setting, Sub sub) {
    return setting.sub == sub || setting.sub == Sub::either;
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
        return setting.section == section && setting.name == name &&
               may_stand(setting, first == last ? Sub::none : Sub::named);
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
    case Takes::jobs:
        return parse_jobs(value) ? "" : fmt::format("a number from 1 to {}", max_jobs);
    case Takes::one_of:
        return is_word_of(setting.words, value) ? "" : fmt::format("one of {}", setting.words);
    }
    return "";
}

} // namespace

std::optional<unsigned> parse_jobs(std::string_view text) noexcept {
    const auto number = parse_number(text);
    return number && *number >= 1 && *number <= max_jobs ? std::optional(static_cast<unsigned>(*number))
                                                         : std::nullopt;
}

std::vector<std::string> known_settings() {
    std::vector<std::string> keys;
    for (const auto& setting : settings) {
        if (may_stand(setting, Sub::none)) {
            keys.push_back(fmt::format("{}.{}", setting.section, setting.name));
        }
        if (may_stand(setting, Sub::named)) {
            keys.push_back(fmt::format("{}.NAME.{}", setting.section, setting.name));
        }
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::string_view> registry_settings() {
    std::vector<std::string_view> names;
    for (const auto& setting : settings) {
        if (setting.section == "registry" && setting.name != "url" && may_stand(setting, Sub::named)) {
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
