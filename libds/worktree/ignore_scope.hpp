// The rules that hold in one folder: its own file, then those of the folders above, then info/exclude.
// Immutable and shared, so that the threads of a walk can ask while others load more. Internal to this
// module.
#pragma once

#include "worktree/ignore.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace ds {

inline constexpr std::string_view ignore_file_name = ".dsctlignore";

/// Files in which `get` keeps what came of a large file that is not whole yet begin so.
inline constexpr std::string_view kept_prefix = ".dsctl-part-";

/// .git and .dsctl are no data, whatever the rules say, nor is what a killed checkout left half written
/// (os/beneath.hpp).
[[nodiscard]] bool always_ignored(std::string_view name) noexcept;

class IgnoreScope {
  public:
    /// @param outer null at the outermost
    IgnoreScope(std::shared_ptr<const IgnoreScope> outer, IgnoreFile file)
        : outer_(std::move(outer)), file_(std::move(file)) {}
    /// The rule that decides, looking at this path alone, not at the folders above.
    [[nodiscard]] std::optional<IgnoreMatch> match(std::string_view path, IgnoreFile::Target target) const;
    /// The same without saying which.
    [[nodiscard]] bool ignored(std::string_view path, IgnoreFile::Target target) const;

    /// `outer` with the pattern file `text` (an unreadable or huge one counts as empty) of `folder` on top.
    [[nodiscard]] static std::shared_ptr<const IgnoreScope> load(std::shared_ptr<const IgnoreScope> outer,
                                                                 const std::string& file, std::string source,
                                                                 std::string_view folder);

  private:
    std::shared_ptr<const IgnoreScope> outer_;
    IgnoreFile file_;
};

} // namespace ds
