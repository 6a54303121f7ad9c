#include "dataset/session.hpp"

#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/settings.hpp"
#include "dataset/upkeep.hpp"
#include "os/file.hpp"
#include "transfer/node_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::string_view embedded_alias = "local";
constexpr unsigned max_timeout_seconds = 3600;
constexpr std::uint64_t least_max_put = 5u << 20; ///< the smallest part that S3 takes
/// The layout of some 3,000,000 small files.
constexpr std::uint64_t node_cache_bytes = 96u << 20;

/// @param source what to name when it is wrong. @throws Error(usage)
unsigned parse_timeout(const std::string& text, const std::string& source, std::string hint) {
    const auto seconds = parse_number(text);
    if (!seconds || *seconds == 0 || *seconds > max_timeout_seconds) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} is '{}', not a number of seconds from 1 to {}", source, printable(text),
                                max_timeout_seconds),
                    std::move(hint));
    }
    return static_cast<unsigned>(*seconds);
}

std::string embedded_url() {
    return user_data_dir() + "/registry";
}

RegistryDescription default_description(std::int64_t now) {
    RegistryDescription description;
    description.id = random_hex(16);
    description.retention_mode = retention_word(RetentionMode::compliance);
    description.created = now;
    return description;
}

/// A new description would have another id and other locks than what the folder holds was stored under.
void refuse_lost_description(const std::string& alias, const std::string& folder) {
    const auto data = folder + "/data";
    if (path_exists(data) && !list_dir(data).empty()) {
        throw CorruptObject(
            fmt::format("registry '{}' holds data, but its description is gone from '{}/control'", alias,
                        printable(folder)),
            "put registry.json back from a copy of that folder");
    }
}

std::string login_name() {
    if (const passwd* user = getpwuid(geteuid()); user != nullptr && user->pw_name != nullptr) {
        return user->pw_name;
    }
    return fmt::format("uid-{}", geteuid());
}

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

} // namespace

std::string user_data_dir() {
    const auto data = env("XDG_DATA_HOME");
    return (data ? *data : env("HOME").value_or("/") + "/.local/share") + "/dsctl";
}

Session::Session(Context& context, const std::string& repository_dir)
    : context_(context), repository_dir_(repository_dir),
      config_(Config::open(Config::default_paths(repository_dir))) {}

Session::~Session() {
    for (const auto& [alias, registry] : open_) {
        context_.log.trace(fmt::format("registry {}: {}", alias, registry->requests().text()));
    }
}

std::shared_ptr<ByteCache> Session::node_cache() {
    if (!cache_) {
        cache_ = std::make_shared<NodeFileCache>(cache_dir() + "/nodes", node_cache_bytes);
    }
    return cache_;
}

Signature Session::author() {
    Signature who;
    who.name = env("DSCTL_AUTHOR_NAME").value_or(config_.get("user.name").value_or(login_name()));
    who.email = env("DSCTL_AUTHOR_EMAIL")
                    .value_or(config_.get("user.email").value_or(login_name() + "@" + host_name()));
    who.time = now();
    return who;
}

std::int64_t Session::now() const {
    if (const auto fixed = env("DSCTL_NOW")) {
        if (const auto time = parse_rfc3339(*fixed)) {
            return *time;
        }
        throw Error(ErrorKind::usage,
                    fmt::format("DSCTL_NOW is not a time like 2026-01-31T12:00:00Z: '{}'", *fixed));
    }
    return unix_now();
}

std::int64_t Session::lock_time() const {
    return std::max(now(), unix_now());
}

std::string Session::default_namespace() {
    auto ns = env("DSCTL_NAMESPACE").value_or(config_.get("core.namespace").value_or("default"));
    check_component(ns, "namespace");
    return ns;
}

std::vector<RegistryEntry> Session::registries() {
    std::vector<RegistryEntry> result;
    const auto chosen = default_registry();
    bool embedded_configured = false;
    for (const auto& alias : config_.subsections("registry")) {
        const auto url = config_.get("registry." + alias + ".url");
        if (!url) {
            continue;
        }
        std::string origin;
        for (const auto& value : config_.list()) {
            if (value.key == "registry." + alias + ".url") {
                origin = value.origin;
            }
        }
        embedded_configured = embedded_configured || alias == embedded_alias;
        result.push_back({alias, *url, origin, alias == chosen});
    }
    if (!embedded_configured) {
        const std::string alias(embedded_alias);
        result.insert(result.begin(), {alias, embedded_url(), "built in", alias == chosen});
    }
    return result;
}

std::string Session::default_registry() {
    return env("DSCTL_REGISTRY")
        .value_or(config_.get("registry.default").value_or(std::string(embedded_alias)));
}

std::string Session::registry_of(const DatasetRef& ref) {
    return ref.registry ? *ref.registry : default_registry();
}

DatasetName Session::dataset_of(const DatasetRef& ref) {
    return {ref.ns ? *ref.ns : default_namespace(), ref.name};
}

Registry& Session::registry(const std::string& alias) {
    if (const auto it = open_.find(alias); it != open_.end()) {
        return *it->second;
    }
    std::vector<std::string> aliases;
    for (const auto& entry : registries()) {
        if (entry.alias != alias) {
            aliases.push_back(entry.alias);
            continue;
        }
        std::unique_ptr<Registry> opened;
        try {
            opened = Registry::open(alias, entry.url, bucket_settings(alias));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::not_found || entry.origin != "built in") {
                throw;
            }
            refuse_lost_description(alias, entry.url);
            opened = Registry::init(alias, entry.url, default_description(now()));
        }
        opened->set_cache(node_cache());
        return *open_.emplace(alias, std::move(opened)).first->second;
    }
    const auto near = closest(alias, aliases);
    throw Error(ErrorKind::not_found, fmt::format("there is no registry '{}'", printable(alias)),
                near.empty() ? "dsctl registry list" : fmt::format("did you mean '{}'?", near));
}

BucketSettings Session::bucket_settings(const std::string& alias) {
    auto settings = bucket_settings_of(*this, alias, {});
    settings.patience = patience_;
    settings.jobs = connections_.value_or(settings.jobs);
    return settings;
}

BucketSettings bucket_settings_of(Session& session, const std::string& alias,
                                  const RegistryOptions& options) {
    const auto section = "registry." + alias + ".";
    const auto setting = [&](const std::string& key) {
        const auto given = options.find(key);
        return given != options.end() ? given->second : session.config().get(section + key).value_or("");
    };
    BucketSettings settings;
    settings.alias = alias;
    settings.control_bucket = setting("control-bucket");
    settings.endpoint = setting("endpoint");
    settings.region = setting("region");
    settings.ca_bundle = setting("ca-bundle");
    settings.profile = setting("profile");
    settings.credentials_dir = setting("credentials-dir");
    if (const auto rate = setting("limit-rate"); !rate.empty()) {
        const auto bytes = parse_bytes(rate);
        if (!bytes) {
            throw Error(ErrorKind::usage,
                        fmt::format("limit-rate of registry '{}' is '{}'", alias, printable(rate)),
                        "write bytes a second, as 20M");
        }
        settings.limit_rate = *bytes;
    }
    settings.upload_notes = upload_notes_dir();
    if (const auto most = setting("max-put"); !most.empty()) {
        const auto bytes = parse_bytes(most);
        if (!bytes || *bytes < least_max_put) {
            throw Error(ErrorKind::usage,
                        fmt::format("max-put of registry '{}' is '{}'", alias, printable(most)),
                        "write a size of 5M or more, as 100M");
        }
        settings.max_put = *bytes;
    }
    if (const auto timeout = env("DSCTL_TIMEOUT"); timeout && !timeout->empty()) {
        settings.timeout = parse_timeout(*timeout, "DSCTL_TIMEOUT", "unset DSCTL_TIMEOUT");
    } else if (const auto seconds = setting("timeout"); !seconds.empty()) {
        const bool from_option = options.contains("timeout");
        settings.timeout =
            parse_timeout(seconds, from_option ? std::string("--timeout") : section + "timeout",
                          from_option ? std::string("write seconds, as 60")
                                      : fmt::format("dsctl config set --global {}timeout 60", section));
    }
    settings.jobs = session.context().jobs;
    settings.stop = session.context().stop;
    settings.log = &session.context().log;
    return settings;
}

void registry_add(Session& session, const std::string& alias, const std::string& url,
                  const RegistryOptions& options) {
    check_component(alias, "registry name");
    const auto stored = canonical_url(url);
    const auto known = registry_settings();
    for (const auto& [key, value] : options) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            throw Error(ErrorKind::usage, fmt::format("a registry has no setting '{}'", printable(key)),
                        "dsctl help registry");
        }
    }
    (void)bucket_settings_of(session, alias, options);
    auto& config = session.config();
    if (const auto old = config.get("registry." + alias + ".url"); old && *old != stored) {
        throw Error(ErrorKind::conflict,
                    fmt::format("registry '{}' is configured already, as {}", alias, *old),
                    fmt::format("dsctl registry remove {}", alias));
    }
    for (const auto& [key, value] : options) {
        config.set(Config::Level::user, fmt::format("registry.{}.{}", alias, key), value);
    }
    config.set(Config::Level::user, "registry." + alias + ".url", stored);
}

void registry_remove(Session& session, const std::string& alias) {
    auto& config = session.config();
    if (alias == embedded_alias && !config.get("registry." + alias + ".url")) {
        throw Error(
            ErrorKind::usage,
            fmt::format("registry '{}' is built in: it is a folder of yours, and needs no configuration",
                        embedded_alias),
            "dsctl registry default NAME makes another one the default");
    }
    if (!config.get("registry." + alias + ".url")) {
        throw Error(ErrorKind::not_found, fmt::format("registry '{}' is not configured", printable(alias)),
                    "dsctl registry list");
    }
    const auto url_key = "registry." + alias + ".url";
    config.unset(Config::Level::user, url_key);
    for (const auto key : registry_settings()) {
        config.unset(Config::Level::user, fmt::format("registry.{}.{}", alias, key));
    }
    if (config.get("registry.default") == alias) {
        config.unset(Config::Level::user, "registry.default");
    }
    for (const auto& value : config.list()) {
        if (value.key == url_key) { // of this checkout or machine: not the user's alone to forget
            throw Error(ErrorKind::conflict,
                        fmt::format("registry '{}' is configured in '{}'", alias, printable(value.origin)),
                        fmt::format("dsctl config set {}--unset {}",
                                    value.origin == Config::default_paths().system ? "--system " : "",
                                    url_key));
        }
    }
}

void registry_set_default(Session& session, const std::string& alias) {
    for (const auto& entry : session.registries()) {
        if (entry.alias == alias) {
            session.config().set(Config::Level::user, "registry.default", alias);
            return;
        }
    }
    throw Error(ErrorKind::not_found, fmt::format("there is no registry '{}'", printable(alias)),
                "dsctl registry list");
}

} // namespace ds
