// Paths as people in a folder see them.
#pragma once

#include <string>
#include <string_view>

namespace ds {

/// `path` as seen from the folder `from`, both relative to one root: "../x"; "." for the folder itself.
[[nodiscard]] std::string relative_to(std::string_view path, std::string_view from);

} // namespace ds
