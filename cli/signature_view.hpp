// Text and JSON of signatures, as `verify`, `versions` and `show` give them.
#pragma once

#include "codec/json.hpp"
#include "release/signatures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds::cli {

/// "ada@lab SHA256:…: allowed".
[[nodiscard]] std::string signature_text(const SignatureLine& line);
/// {"key", "principals", "status"}
[[nodiscard]] Json signature_json(const SignatureLine& line);
/// A list of those; null where it is not known who signed.
[[nodiscard]] Json signers_json(const std::optional<std::vector<SignatureLine>>& signers);

} // namespace ds::cli
