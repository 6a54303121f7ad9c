// Names that are fine here but not everywhere: warned about when they are added. Internal to this module.
#pragma once

#include "base/context.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ds {

/// Why Windows cannot hold a name, or an empty view.
[[nodiscard]] std::string_view windows_problem(std::string_view name) noexcept;

/// Looks at newly added paths in rising order. Memory: a hash for each new name of the folders on the way.
class NameWarnings {
  public:
    explicit NameWarnings(Context& context) : context_(context) {}
    void look_at(std::string_view path);
    /// Says how many more there were.
    void finish();

  private:
    void warn(std::string message);
    Context& context_;
    std::string last_;
    std::vector<std::unordered_set<std::uint64_t>> folders_; ///< by depth: folded names
    std::uint64_t count_ = 0;
};

} // namespace ds
