// What every verb needs around it: configuration, who the user is, which registries there are.
#pragma once

#include "base/context.hpp"
#include "base/names.hpp"
#include "history/commit.hpp"
#include "history/config.hpp"
#include "registry/registry.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// A registry as configured.
struct RegistryEntry {
    std::string alias;
    std::string url;
    std::string origin; ///< file of the configuration, or "built in" for the embedded one
    bool is_default = false;
};

/// $XDG_DATA_HOME/dsctl: what this user keeps outside of checkouts.
[[nodiscard]] std::string user_data_dir();

/// One running command. Does not own the context. Not thread-safe.
class Session {
  public:
    /// @param repository_dir the .dsctl folder, or empty outside of a checkout
    Session(Context& context, const std::string& repository_dir);
    /// Traces what registries were asked.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] Context& context() noexcept { return context_; }
    [[nodiscard]] Config& config() noexcept { return config_; }
    /// The .dsctl folder, or empty outside of a checkout.
    [[nodiscard]] const std::string& repository_dir() const noexcept { return repository_dir_; }

    /// DSCTL_AUTHOR_NAME/EMAIL > user.name/user.email > login name at host name; DSCTL_NOW sets the clock in tests.
    [[nodiscard]] Signature author();
    [[nodiscard]] std::int64_t now() const;
    /// From when locks count: the real time, whatever time a version is to bear.
    [[nodiscard]] std::int64_t lock_time() const;
    /// DSCTL_NAMESPACE > core.namespace > "default".
    [[nodiscard]] std::string default_namespace();

    // registries: `registry.<alias>.url` in the configuration; "local" is built in: $XDG_DATA_HOME/dsctl/registry
    [[nodiscard]] std::vector<RegistryEntry> registries();
    /// DSCTL_REGISTRY > registry.default > "local".
    [[nodiscard]] std::string default_registry();
    /// The registry and the dataset that a reference names, with this user's defaults for what it leaves open.
    [[nodiscard]] std::string registry_of(const DatasetRef& ref);
    [[nodiscard]] DatasetName dataset_of(const DatasetRef& ref);
    /// Opens by alias, once per command; the embedded registry is created on first use.
    /// @throws Error(not_found) with a suggestion
    [[nodiscard]] Registry& registry(const std::string& alias);
    /// `registry.<alias>.{control-bucket,endpoint,region,ca-bundle,profile,credentials-dir,limit-rate,max-put,timeout}`, and
    /// what the context brings. @throws Error(usage) naming the file of a malformed value
    [[nodiscard]] BucketSettings bucket_settings(const std::string& alias);
    /// For registries that are opened from now on; see BucketSettings.
    void set_patience(std::chrono::milliseconds patience) noexcept { patience_ = patience; }
    /// The same; without it as many as the context has jobs.
    void set_connections(unsigned connections) noexcept { connections_ = connections; }

  private:
    [[nodiscard]] std::shared_ptr<ByteCache> node_cache();

    Context& context_;
    std::string repository_dir_;
    Config config_;
    std::shared_ptr<ByteCache> cache_;
    std::chrono::milliseconds patience_{0};
    std::optional<unsigned> connections_;
    std::map<std::string, std::unique_ptr<Registry>> open_;
};

/// Settings of a registry beside its URL, by key of its section.
using RegistryOptions = std::map<std::string, std::string>;

// Add, remove, and pick the default registry, in the user's configuration.
/// @throws Error(usage) for a URL or a setting of no known kind, Error(conflict) when the name is taken
void registry_add(Session& session, const std::string& alias, const std::string& url,
                  const RegistryOptions& options = {});
/// The settings that registry_add() would write, for use before it. @throws Error(usage)
[[nodiscard]] BucketSettings bucket_settings_of(Session& session, const std::string& alias,
                                                const RegistryOptions& options);
/// Forgets it with all its settings.
void registry_remove(Session& session, const std::string& alias);
void registry_set_default(Session& session, const std::string& alias);

} // namespace ds
