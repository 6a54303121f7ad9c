// What became of a file of the work tree that the store only referred to.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace ds {

/// Bytes of a large file that the store relies upon are no longer there: somebody changed or removed a file
/// of the work tree that was only referenced.
class ReferenceLost : public CorruptObject {
  public:
    explicit ReferenceLost(std::string_view path);
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

} // namespace ds
