// The filter of a partial clone, compiled. Internal to this module.
#pragma once

#include "worktree/ignore.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Immutable, thread-safe.
class Wanted {
  public:
    Wanted() = default;
    Wanted(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
        for (const auto& pattern : include) {
            include_.emplace_back(pattern);
        }
        for (const auto& pattern : exclude) {
            exclude_.emplace_back(pattern);
        }
    }
    [[nodiscard]] bool all() const noexcept { return include_.empty() && exclude_.empty(); }
    [[nodiscard]] bool operator()(std::string_view path) const {
        const auto matches = [&](const std::vector<Glob>& globs) {
            for (const Glob& glob : globs) {
                if (glob.match(path)) {
                    return true;
                }
            }
            return false;
        };
        return (include_.empty() || matches(include_)) && !matches(exclude_);
    }

  private:
    std::vector<Glob> include_;
    std::vector<Glob> exclude_;
};

} // namespace ds
