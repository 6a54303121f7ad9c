#include "dataset/seen.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view first_line = "dsctl-seen 1\n";
constexpr std::string_view registry_word = "registry ";
constexpr std::size_t max_bytes = 4 * 1024 * 1024;
constexpr std::size_t url_digits = 16;
constexpr std::size_t hash_digits = 64;

std::string file_of(const std::string& url, const DatasetName& dataset) {
    return fmt::format("{}/seen/{}/{}", user_data_dir(), sha256(url).hex().substr(0, url_digits),
                       dataset.str());
}

std::string_view take_line(ByteView& text) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

std::optional<SeenVersion> parse_version(std::string_view line) {
    SeenVersion out;
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), out.sequence);
    line.remove_prefix(static_cast<std::size_t>(rest - line.data()));
    if (error != std::errc() || out.sequence == 0 || line.size() < hash_digits + 2 || line[0] != ' ' ||
        line[hash_digits + 1] != ' ') {
        return std::nullopt;
    }
    const auto hash = Sha256::from_hex(line.substr(1, hash_digits));
    out.version = line.substr(hash_digits + 2);
    if (!hash || !VersionName::valid(out.version)) {
        return std::nullopt;
    }
    out.record = *hash;
    return out;
}

std::string name_of(const SeenVersion& seen) {
    return fmt::format("{} (sequence {})", seen.version, seen.sequence);
}
std::string name_of(const Record& record) {
    return fmt::format("{} (sequence {})", record.version, record.sequence);
}

} // namespace

SeenVersions::SeenVersions(Registry& registry, const DatasetName& dataset, Log& log)
    : registry_(registry), dataset_(dataset), log_(log), path_(file_of(registry.url(), dataset)) {
    std::optional<ByteString> text;
    try {
        text = try_read_file(path_, max_bytes);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::corrupt) {
            throw;
        }
        log_.trace(fmt::format("what was seen is not known: {}", error.message())); // somebody else's $HOME
    }
    if (text) {
        parse(*text);
    }
}

void SeenVersions::fail(std::string message) const {
    throw CorruptObject(
        std::move(message),
        fmt::format("ask who runs the registry; if that was meant: rm '{}'", printable(path_)));
}

void SeenVersions::parse(ByteView text) {
    const auto damaged = [&] { fail(fmt::format("'{}' is damaged", printable(path_))); };
    if (!text.starts_with(first_line) || !text.ends_with('\n')) {
        damaged();
    }
    text.remove_prefix(first_line.size());
    const auto line = take_line(text);
    if (!line.starts_with(registry_word)) {
        damaged();
    }
    if (const auto id = line.substr(registry_word.size()); id != registry_.description().id) {
        fail(fmt::format("the registry at {} is another one than before (id {}, was {})",
                         printable(registry_.url()), registry_.description().id, printable(id)));
    }
    while (!text.empty()) {
        auto version = parse_version(take_line(text));
        if (!version) {
            damaged();
        }
        seen_.push_back(std::move(*version));
    }
}

const SeenVersion* SeenVersions::find(const std::string& version) const noexcept {
    const auto it =
        std::find_if(seen_.begin(), seen_.end(), [&](const auto& seen) { return seen.version == version; });
    return it == seen_.end() ? nullptr : &*it;
}

void SeenVersions::check_same(const StoredRecord& found) const {
    const auto* const seen = find(found.record.version);
    if (seen != nullptr && seen->record != sha256(found.text)) {
        fail(fmt::format("{}/{}:{} is not what it was: its record was sha256:{} and now is sha256:{}",
                         registry_.alias(), dataset_.str(), found.record.version, seen->record.short_hex(),
                         sha256(found.text).short_hex()));
    }
}

void SeenVersions::check_followed(const StoredRecord& found) {
    if (seen_.empty() || find(found.record.version) != nullptr ||
        found.record.sequence < seen_.back().sequence) {
        return;
    }
    for (auto last = seen_.rbegin(); last != seen_.rend(); ++last) {
        std::optional<StoredRecord> there;
        try {
            there = registry_.record(dataset_, last->version);
        } catch (const CorruptObject& damage) {
            log_.warn(fmt::format("{} cannot be held against what was seen before: {}", name_of(*last),
                                  damage.message()));
            continue;
        }
        if (!there) {
            fail(fmt::format("{} shows another history of {} than before: it has {}, but {} is gone",
                             registry_.alias(), dataset_.str(), name_of(found.record), name_of(*last)));
        }
        check_same(*there);
        return;
    }
}

void SeenVersions::check_version(const std::string& version, const std::optional<StoredRecord>& found) {
    if (!found) {
        if (const auto* const seen = find(version)) {
            fail(fmt::format("{} was published in {} as {}:{}, and its record is gone", name_of(*seen),
                             registry_.alias(), dataset_.str(), version));
        }
        return;
    }
    check_same(*found);
    check_followed(*found);
    remember({&*found});
}

void SeenVersions::check_newest(const std::optional<StoredRecord>& newest) {
    if (!seen_.empty() && (!newest || newest->record.sequence < seen_.back().sequence)) {
        fail(fmt::format("{} shows an older state of {} than before: {} was seen, the newest version is {}",
                         registry_.alias(), dataset_.str(), name_of(seen_.back()),
                         newest ? name_of(newest->record) : "none"));
    }
    if (newest) {
        check_version(newest->record.version, newest);
    }
}

void SeenVersions::check_all(const std::vector<StoredRecord>& records, const std::set<std::string>& damaged) {
    std::optional<StoredRecord> newest;
    std::vector<const StoredRecord*> all;
    for (const auto& found : records) {
        check_same(found);
        all.push_back(&found);
    }
    if (!records.empty()) {
        newest = records.back();
    }
    for (const auto& seen : seen_) {
        const bool there = damaged.contains(seen.version) ||
                           std::any_of(records.begin(), records.end(), [&](const auto& found) {
                               return found.record.version == seen.version;
                           });
        if (!there) {
            check_newest(newest); // says so if all of it is older
            check_version(seen.version, std::nullopt);
        }
    }
    remember(all);
}

void SeenVersions::remember(const std::vector<const StoredRecord*>& records) {
    bool changed = false;
    for (const auto* found : records) {
        if (find(found->record.version) == nullptr) {
            seen_.push_back({found->record.sequence, sha256(found->text), found->record.version});
            changed = true;
        }
    }
    if (!changed) {
        return;
    }
    std::stable_sort(seen_.begin(), seen_.end(),
                     [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    if (seen_.size() > max_seen_versions) {
        seen_.erase(seen_.begin(), seen_.end() - max_seen_versions);
    }
    auto text = fmt::format("{}{}{}\n", first_line, registry_word, registry_.description().id);
    for (const auto& seen : seen_) {
        text += fmt::format("{} {} {}\n", seen.sequence, seen.record.hex(), seen.version);
    }
    try {
        make_dirs(path_.substr(0, path_.rfind('/')), 0700);
        write_file_atomic(path_, text);
    } catch (const Error& error) {
        log_.trace(fmt::format("what was seen is not remembered: {}", error.message()));
    }
}

} // namespace ds
