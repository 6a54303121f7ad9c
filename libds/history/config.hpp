// Configuration in git's syntax: repository > user > system.
//
// Files are parsed by libgit2 (at most 1 MiB each, [include] works) and read once, when opened: what another
// process writes afterwards is not seen. Changing a file holds an OFD lock on "<file>-lock", so that two
// changes at the same time are both kept.
#pragma once

#include <cstdint>
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
    /// @throws Error(usage) for a malformed key
    [[nodiscard]] std::optional<std::string> get(const std::string& key) const;
    /// true/yes/on/1 or false/no/off/0; a key without '=' is true. @throws Error(usage) naming the file
    [[nodiscard]] std::optional<bool> get_bool(const std::string& key) const;
    /// As parse_bytes() reads it. @throws Error(usage) naming the file
    [[nodiscard]] std::optional<std::uint64_t> get_bytes(const std::string& key) const;
    /// At most a day. @throws Error(usage) naming the file
    [[nodiscard]] std::optional<unsigned> get_seconds(const std::string& key) const;
    [[nodiscard]] std::vector<ConfigValue> list() const; ///< lowest priority first
    /// Atomic (temp + rename + fsync). Creates the file. @throws Error(usage) for a malformed key
    void set(Level level, const std::string& key, const std::string& value);
    /// Removes all values of the key from one file; absence is fine.
    /// @return whether it was set there
    bool unset(Level level, const std::string& key);
    /// Distinct <sub> of "section.<sub>.*", sorted.
    [[nodiscard]] std::vector<std::string> subsections(const std::string& section) const;

  private:
    struct Impl;
    explicit Config(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ds
