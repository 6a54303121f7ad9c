// Opening a registry, its description, its datasets and packs.
#include "registry/registry.hpp"

#include "base/path.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <thread>
#include <utility>

namespace ds {

namespace {

constexpr const char* description_key = "registry.json";

std::optional<RegistryDescription> read_description(ControlBucket& control, const std::string& url) {
    const auto object = control.get(description_key);
    if (!object) {
        return std::nullopt;
    }
    return RegistryDescription::parse(object->body,
                                      fmt::format("the description of registry {}", printable(url)));
}

Error no_registry(const std::string& alias, const std::string& url) {
    return {ErrorKind::not_found, fmt::format("there is no registry in '{}'", printable(url)),
            fmt::format("dsctl registry init {} {}", alias, printable(url))};
}

std::string terms(const RegistryDescription& d) {
    return fmt::format("{}, packs {} days, records {} days", d.retention_mode, d.pack_days, d.record_days);
}

} // namespace

std::string head_key(const DatasetName& dataset, const std::string& version) {
    return dataset.str() + "/heads/" + version;
}
std::string record_key(const DatasetName& dataset, const std::string& version) {
    return dataset.str() + "/records/" + version;
}
std::string catalog_key(const DatasetName& dataset) {
    return dataset.str() + "/catalog";
}
std::string pack_key(const std::string& ns, const Sha256& name) {
    return ns + "/packs/" + name.hex();
}

Registry::Registry(std::string alias, std::string url, Buckets buckets)
    : alias_(std::move(alias)), url_(std::move(url)), buckets_(counted(std::move(buckets), counts_)) {}
Registry::~Registry() = default;

std::unique_ptr<Registry> Registry::init(const std::string& alias, const std::string& url,
                                         const RegistryDescription& wanted, const BucketSettings& settings) {
    const auto locks = wanted.retention_mode == "none" ? WithLocks::no : WithLocks::yes;
    auto registry = std::make_unique<Registry>(alias, url, create_buckets(url, settings, locks));
    auto& control = registry->control();
    auto there = read_description(control, url);
    if (!there) {
        auto description = wanted;
        if (description.id.empty()) {
            description.id = random_hex(16);
        }
        if (description.created == 0) {
            description.created = unix_now();
        }
        // Whoever was first decides; what was ambiguous shows when it is read.
        const auto put = control.put_if_absent(description_key, description.text());
        there = read_description(control, url);
        if (!there) {
            throw Error(
                put == ControlBucket::Put::unknown ? ErrorKind::unknown : ErrorKind::retry,
                fmt::format("the description of registry {} was written but cannot be read", printable(url)),
                "run the same command again");
        }
    }
    if (terms(*there) != terms(wanted)) {
        throw Error(ErrorKind::conflict,
                    fmt::format("registry {} exists with other settings ({}; asked for: {})", printable(url),
                                terms(*there), terms(wanted)),
                    fmt::format("dsctl registry add {} {}", alias, printable(url)));
    }
    registry->description_ = std::move(there);
    return registry;
}

std::unique_ptr<Registry> Registry::open(const std::string& alias, const std::string& url,
                                         const BucketSettings& settings) {
    auto registry = std::make_unique<Registry>(alias, url, open_buckets(url, settings));
    (void)registry->description();
    return registry;
}

const RegistryDescription& Registry::description() {
    const std::lock_guard guard(description_mutex_);
    if (!description_) {
        description_ = read_description(control(), url_);
        if (!description_) {
            throw no_registry(alias_, url_);
        }
    }
    return *description_;
}

DataBucket::Locking Registry::locking() const {
    return buckets_.data->locking();
}
ControlBucket& Registry::control() noexcept {
    return *buckets_.control;
}
DataBucket& Registry::data() noexcept {
    return *buckets_.data;
}

std::vector<CheckLine> Registry::check_kind() {
    return buckets_.check_kind ? buckets_.check_kind() : std::vector<CheckLine>();
}

void Registry::pause(int attempt) const {
    const auto longest = std::uint64_t{1} << std::min(attempt, 8);
    // Racing writers shall not meet again at once.
    const std::chrono::milliseconds wait((longest + random_u64() % (longest + 1) + 1) / 2);
    if (waiter_) {
        waiter_(wait);
    } else {
        std::this_thread::sleep_for(wait);
    }
}

std::vector<DatasetName> Registry::datasets(const std::string& ns) {
    std::vector<DatasetName> result;
    constexpr std::string_view suffix = "/catalog";
    // Records of uses lie between one dataset's catalog and the next dataset: a page of them is left behind at once.
    constexpr std::size_t max_idle = 1000;
    std::string after;
    std::string folder; // NS/NAME/ of the keys seen last
    std::size_t idle = 0;
    const auto visit = [&](const std::string& key) {
        const std::string_view name =
            std::string_view(key).substr(0, key.size() - std::min(key.size(), suffix.size()));
        const auto slash = name.find('/');
        if (key.ends_with(suffix) && slash != std::string_view::npos && is_component(name.substr(0, slash)) &&
            is_component(name.substr(slash + 1))) {
            result.push_back(DatasetName::parse(name));
        }
        const auto end = key.find('/', std::min(key.find('/'), key.size() - 1) + 1);
        if (end == std::string::npos || key.compare(0, end + 1, folder) != 0) {
            folder = end == std::string::npos ? std::string() : key.substr(0, end + 1);
            idle = 0;
        } else if (++idle >= max_idle) {
            after = folder.substr(0, end) + char('/' + 1); // before it is whatever begins with the folder
            return false;
        }
        return true;
    };
    for (bool more = true; more;) {
        const std::string from = std::exchange(after, {}); // set again by a visit that stops
        idle = 0;
        folder.clear();
        control().list_after(ns.empty() ? ns : ns + "/", from, visit);
        more = !after.empty();
    }
    std::sort(result.begin(), result.end());
    return result;
}

PackRef Registry::put_pack(const std::string& ns, const Sha256& name, const DataBucket::Body& body) {
    return {name, data().put(pack_key(ns, name), body, std::nullopt)};
}

void Registry::read_pack(const std::string& ns, const PackRef& pack, std::uint64_t offset,
                         std::uint64_t length, ByteString& out) {
    data().get(pack_key(ns, pack.name), pack.version_id, offset, length, out);
}

std::optional<std::uint64_t> Registry::pack_size(const std::string& ns, const PackRef& pack) {
    return data().size(pack_key(ns, pack.name), pack.version_id);
}

void Registry::retain_pack(const std::string& ns, const PackRef& pack, const Retention& wanted,
                           std::uint64_t at_least, const std::optional<Retention>& enough) {
    const auto key = pack_key(ns, pack.name);
    const auto holds = [&](const Retention& least) {
        const auto now = data().status(key, pack.version_id);
        if (!now) {
            throw Error(ErrorKind::not_found,
                        fmt::format("pack {} is missing in {}", pack.name.short_hex(), alias_));
        }
        if (now->size < at_least) {
            throw CorruptObject(fmt::format("pack {} in {} has {} bytes instead of {} or more",
                                            pack.name.short_hex(), alias_, now->size, at_least));
        }
        return now->retention.mode >= least.mode && now->retention.until >= least.until;
    };
    if (holds(enough.value_or(wanted))) {
        return;
    }
    data().retain(key, pack.version_id, wanted);
    if (!holds(wanted)) {
        throw Error(
            ErrorKind::failure,
            fmt::format("registry '{}' did not keep the lock of pack {}", alias_, pack.name.short_hex()),
            fmt::format("dsctl registry check {}", alias_));
    }
}

Retention Registry::pack_retention(const std::string& ns, const PackRef& pack) {
    return data().retention(pack_key(ns, pack.name), pack.version_id);
}

Retention Registry::lock_for(std::int64_t now, std::uint32_t days) {
    const auto mode = parse_retention_mode(description().retention_mode);
    if (locking() == DataBucket::Locking::none) {
        throw Error(
            ErrorKind::failure,
            fmt::format(
                "the storage of registry '{}' does not lock what is published in it (a bucket without "
                "Object Lock), so nothing can be published there",
                alias_),
            "only a new bucket can have Object Lock: dsctl registry init NAME https://HOST/NEW-BUCKET");
    }
    if (!mode || *mode == RetentionMode::none) {
        throw Error(
            ErrorKind::failure,
            fmt::format("registry '{}' does not lock what is published in it (it was made with --retention "
                        "none), so nothing can be published there",
                        alias_),
            "publish in another registry (dsctl registry list), or make one that locks: dsctl registry init "
            "NAME URL");
    }
    return {*mode, now + static_cast<std::int64_t>(days) * 86400};
}

Retention Registry::pack_lock(std::int64_t now) {
    return lock_for(now, description().pack_days);
}
Retention Registry::record_lock(std::int64_t now) {
    return lock_for(now, description().record_days);
}

} // namespace ds
