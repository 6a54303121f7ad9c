// The version that `ls`, `cat` and `du` look at: the checkout, or what --in names.
#pragma once

#include "cli.hpp"
#include "dataset/inspect.hpp"

#include <string>
#include <vector>

namespace ds::cli {

/// A version and how paths are typed and shown for it.
class LookAt {
  public:
    /// --in REF, a version or revision of this dataset, or (without --in) the checkout.
    LookAt(Cli& cli, const Arguments& args);
    [[nodiscard]] VersionView& view() noexcept { return view_; }
    /// In the checkout relative to the current folder, in another version relative to its root.
    [[nodiscard]] std::string path(const std::string& typed) const;
    [[nodiscard]] std::string shown(std::string_view path) const;
    void print_path(std::string_view path) const;

  private:
    Cli& cli_;
    bool relative_; ///< to the current folder
    VersionView view_;
};

} // namespace ds::cli
