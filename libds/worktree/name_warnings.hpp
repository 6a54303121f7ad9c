// Names that are fine here but not everywhere: warned about when they are added. Internal to this module.
#pragma once

#include "base/context.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Why Windows cannot hold a name, or an empty view.
[[nodiscard]] std::string_view windows_problem(std::string_view name) noexcept;

/// A set of hashes in 8 to 32 bytes each: one folder may get a million new names.
class HashSet {
  public:
    /// False if it was there.
    bool insert(std::uint64_t hash);

  private:
    std::vector<std::uint64_t> slots_; ///< 0: free
    std::size_t count_ = 0;
};

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
    std::vector<HashSet> folders_; ///< by depth: folded names
    std::uint64_t count_ = 0;
};

} // namespace ds
