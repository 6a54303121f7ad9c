// SSH's wire format (RFC 4251, section 5): big-endian numbers, strings with a u32 length. Internal to this
// module.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds::ssh {

void put_u32(ByteString& out, std::uint32_t value);
void put_string(ByteString& out, ByteView value);
/// @throws CorruptObject through the reader
[[nodiscard]] std::uint32_t get_u32(ByteReader& in);
/// A string of at most `max` bytes; the view lives as long as the data.
[[nodiscard]] ByteView get_string(ByteReader& in, std::size_t max, std::string_view field);

/// An Ed25519 signature as SSH writes it: string "ssh-ed25519" string of 64 bytes.
[[nodiscard]] ByteString signature_blob(ByteView signature);
[[nodiscard]] ByteString parse_signature_blob(ByteView blob, std::string_view what);

/// PEM-like armour: "-----BEGIN <label>-----", base64 in lines, "-----END <label>-----", nothing else but
/// white space around it. Nothing when the text does not begin with that label. The text's bytes are written
/// once, into a buffer that never moves, so that wiping the result wipes them. @throws CorruptObject naming
/// `what`
[[nodiscard]] std::optional<ByteString> unarmour(std::string_view text, std::string_view label,
                                                 std::string_view what);
[[nodiscard]] std::string armour(ByteView bytes, std::string_view label);

} // namespace ds::ssh
