#include "registry/uses.hpp"

#include "base/hex.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <deque>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint64_t max_listed = 100'000;

/// "20260102-030405-0123456789abcdef.json"
bool is_use_name(std::string_view name) {
    constexpr std::string_view form = "dddddddd-dddddd-xxxxxxxxxxxxxxxx.json";
    return name.size() == form.size() &&
           std::equal(name.begin(), name.end(), form.begin(), [](char c, char f) {
               return f == 'd' ? c >= '0' && c <= '9' : f == 'x' ? hex_digit(c) >= 0 : c == f;
           });
}

} // namespace

std::string uses_prefix(const DatasetName& dataset, const std::string& version,
                        const std::optional<Sha256>& digest) {
    return fmt::format("{}/uses/{}/", dataset.str(), digest ? digest->hex() : version);
}

std::string use_key(const UseRecord& record, std::uint64_t random) {
    auto time = rfc3339(record.time); // "2026-01-02T03:04:05Z"
    std::replace(time.begin(), time.end(), 'T', ' ');
    std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
    std::replace(time.begin(), time.end(), ' ', '-');
    return fmt::format("{}{}-{:016x}.json",
                       uses_prefix(DatasetName::parse(record.dataset), record.version, record.digest), time,
                       random);
}

void put_use(ControlBucket& control, const UseRecord& record) {
    const auto key = use_key(record, random_u64());
    if (control.put_if_absent(key, record.text()) == ControlBucket::Put::unknown) {
        throw Error(ErrorKind::unknown, fmt::format("whether '{}' was written is not known", printable(key)));
    }
}

FoundUses find_uses(Registry& registry, const DatasetName& dataset, const std::string& version,
                    const std::optional<Sha256>& digest, std::size_t most) {
    FoundUses found;
    std::deque<std::string> newest;
    const auto prefix = uses_prefix(dataset, version, digest);
    registry.control().list(prefix, [&](const std::string& key) {
        if (++found.seen > max_listed) {
            found.more = true;
            return false;
        }
        if (!is_use_name(std::string_view(key).substr(prefix.size()))) {
            ++found.damaged;
            return true;
        }
        newest.push_back(key); // keys come in order of time
        if (newest.size() > most) {
            newest.pop_front();
        }
        return true;
    });
    for (auto key = newest.rbegin(); key != newest.rend(); ++key) {
        const auto object = registry.control().get(*key);
        if (!object) {
            continue; // somebody tidied up
        }
        try {
            auto record =
                UseRecord::parse(object->body, fmt::format("'{}' in {}", printable(*key), registry.alias()));
            const bool ours = record.registry_id == registry.description().id &&
                              record.dataset == dataset.str() && record.version == version &&
                              record.digest == digest;
            if (!ours) {
                ++found.damaged;
                continue;
            }
            found.records.push_back(std::move(record));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::retry) {
                throw;
            }
            ++found.damaged;
        }
    }
    return found;
}

} // namespace ds
