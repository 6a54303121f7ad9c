// HMAC-SHA256 (RFC 2104), by OpenSSL.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

namespace ds {

/// HMAC-SHA256 of `data` under `key` (of any length). Thread-safe.
[[nodiscard]] Sha256 hmac_sha256(ByteView key, ByteView data) noexcept;

} // namespace ds
