// Words of cards that are known: keys, and licences by Hugging Face's spelling. Internal to this module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Every key that means something, to Hugging Face, LLMOS or dsctl.
[[nodiscard]] const std::vector<std::string_view>& known_card_keys();

/// A licence as cards spell it and as SPDX does (empty: SPDX has none).
struct KnownLicense {
    std::string_view card;
    std::string_view spdx;
};
[[nodiscard]] const std::vector<KnownLicense>& known_licenses();
/// Whatever the case. Null when it is not known.
[[nodiscard]] const KnownLicense* find_license(std::string_view text);
/// Its page at SPDX, or the text itself when it is a URL; empty when there is none.
[[nodiscard]] std::string license_url(std::string_view text);
/// The SPDX identifier; empty when there is none.
[[nodiscard]] std::string license_spdx(std::string_view text);

/// Whether it is an absolute http(s) URL without blanks or control characters.
[[nodiscard]] bool is_web_url(std::string_view text) noexcept;
/// Whether it looks like NAME@HOST.
[[nodiscard]] bool is_email(std::string_view text) noexcept;

} // namespace ds
