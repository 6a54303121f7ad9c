// What unit tests share: a temporary folder that goes away.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace ds_test {

class TempDir {
  public:
    TempDir() {
        const char* base = std::getenv("TMPDIR");
        std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/dsctl-unit-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp failed");
        }
        path_ = pattern;
    }
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

/// A user of the tests' own below `home`: nothing of the real one is read, and the clock stands still.
inline void become_test_user(const std::string& home) {
    setenv("HOME", home.c_str(), 1);
    setenv("DSCTL_NOW", "2026-01-02T03:04:05Z", 1);
    setenv("DSCTL_AUTHOR_NAME", "Ada", 1);
    setenv("DSCTL_AUTHOR_EMAIL", "ada@example.org", 1);
    setenv("DSCTL_NAMESPACE", "demo", 1);
    for (const auto* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DSCTL_CACHE_DIR",
                             "DSCTL_REGISTRY", "DSCTL_DIR"}) {
        unsetenv(name);
    }
}

} // namespace ds_test
