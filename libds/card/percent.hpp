// Bytes in URIs. Internal to this module.
#pragma once

#include <string>
#include <string_view>

namespace ds {

/// Everything but unreserved characters of URIs (and `also_plain`) as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view bytes, std::string_view also_plain = {});

} // namespace ds
