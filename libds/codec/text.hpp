// Hex, base64 and UTF-8 checks.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>

namespace ds {

[[nodiscard]] std::string to_hex(ByteView data);
[[nodiscard]] std::string to_base64(ByteView data);
[[nodiscard]] std::optional<ByteString> from_base64(std::string_view text);
[[nodiscard]] bool is_utf8(ByteView text) noexcept;

} // namespace ds
