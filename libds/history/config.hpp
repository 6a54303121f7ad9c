// Configuration in git's syntax: repository > user > system.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

struct ConfigValue {
    std::string key;
    std::string value;
    std::string origin; ///< path of the file
};

/// The merged view of up to three files; a missing file is an empty one. For one thread.
class Config {
  public:
    enum class Level { system, user, repository };
    struct Paths {
        std::string system;     ///< /etc/dsctl/config
        std::string user;       ///< $XDG_CONFIG_HOME/dsctl/config
        std::string repository; ///< .dsctl/config, empty outside of a repository
    };
    /// The usual paths, from the environment.
    [[nodiscard]] static Paths default_paths(const std::string& repository_dir = {});
    /// @throws Error naming file and line for a malformed file
    [[nodiscard]] static Config open(const Paths& paths);
    Config(Config&&) noexcept;
    Config& operator=(Config&&) noexcept;
    ~Config();

    /// The value of highest priority. Keys are "section.name" or "section.sub.name", as in git.
    [[nodiscard]] std::optional<std::string> get(const std::string& key) const;
    [[nodiscard]] std::optional<bool> get_bool(const std::string& key) const;
    [[nodiscard]] std::optional<std::uint64_t> get_bytes(const std::string& key) const;
    [[nodiscard]] std::vector<ConfigValue> list() const; ///< lowest priority first
    /// Atomic (temp + rename + fsync). Creates the file. @throws Error(usage) for a malformed key
    void set(Level level, const std::string& key, const std::string& value);
    void unset(Level level, const std::string& key);
    /// Distinct <sub> of "section.<sub>.*", sorted.
    [[nodiscard]] std::vector<std::string> subsections(const std::string& section) const;

  private:
    struct Impl;
    explicit Config(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ds
