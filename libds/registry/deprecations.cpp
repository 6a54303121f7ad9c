// Reading and setting deprecations.
#include "registry/deprecations.hpp"

#include "base/path.hpp"
#include "os/file.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr int max_tries = 8;

std::string describe(const DatasetName& dataset, const std::string& version, const Registry& registry) {
    return fmt::format("the deprecation of {}:{} in {}", dataset.str(), printable(version), registry.alias());
}

} // namespace

std::string deprecation_key(const DatasetName& dataset, const std::string& version) {
    return dataset.str() + "/deprecated/" + version;
}

std::optional<std::string> deprecation(Registry& registry, const DatasetName& dataset,
                                       const std::string& version) {
    const auto object = registry.control().get(deprecation_key(dataset, version));
    if (!object) {
        return std::nullopt;
    }
    const auto what = describe(dataset, version, registry);
    auto found = Deprecation::parse(object->body, what);
    if (found.dataset != dataset.str() || found.version != version) {
        throw CorruptObject(
            fmt::format("{} names {}:{}", what, printable(found.dataset), printable(found.version)));
    }
    return found.reason.empty() ? std::nullopt : std::optional(std::move(found.reason));
}

std::map<std::string, std::string> deprecations(Registry& registry, const DatasetName& dataset) {
    std::vector<std::string> versions;
    const auto prefix = deprecation_key(dataset, "");
    registry.control().list(prefix, [&](const std::string& key) {
        if (auto version = key.substr(prefix.size()); VersionName::valid(version)) {
            versions.push_back(std::move(version));
        }
        return true;
    });
    std::map<std::string, std::string> reasons;
    for (const auto& version : versions) {
        if (auto reason = deprecation(registry, dataset, version)) {
            reasons.emplace(version, std::move(*reason));
        }
    }
    return reasons;
}

void set_deprecation(Registry& registry, const DatasetName& dataset, const std::string& version,
                     const std::string& reason, const std::string& author, std::int64_t now) {
    const auto key = deprecation_key(dataset, version);
    const Deprecation wanted{dataset.str(), version, reason, author, now, random_hex(16)};
    const auto text = wanted.text();
    auto& control = registry.control();
    bool may_have_landed = false;
    for (int attempt = 0; attempt < max_tries; ++attempt) {
        const auto before = control.get(key);
        if (before && before->body == text) {
            return;
        }
        const auto put =
            before ? control.put_if_match(key, text, before->etag) : control.put_if_absent(key, text);
        if (put == ControlBucket::Put::done) {
            return;
        }
        may_have_landed = may_have_landed || put == ControlBucket::Put::unknown;
        registry.pause(attempt);
    }
    const auto after = control.get(key);
    if (after && after->body == text) {
        return;
    }
    throw Error(may_have_landed ? ErrorKind::unknown : ErrorKind::retry,
                fmt::format("{} could not be set", describe(dataset, version, registry)),
                "run the same command again");
}

} // namespace ds
