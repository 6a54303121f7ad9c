// The settings that dsctl reads: their names and what each takes. Reading them is everybody's own matter (Config); this
// table is for whoever writes them, and for the completion of names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Known keys as one writes them, sorted: "core.namespace", "registry.NAME.url" (a subsection in capitals).
[[nodiscard]] std::vector<std::string> known_settings();

/// What --jobs and core.jobs take: 1 to max_jobs.
[[nodiscard]] std::optional<unsigned> parse_jobs(std::string_view text) noexcept;

/// What a registry has beside its URL: "region" for registry.NAME.region.
[[nodiscard]] std::vector<std::string_view> registry_settings();

/// Whether dsctl reads a key. Section and name in any case, as in git.
[[nodiscard]] bool is_known_setting(std::string_view key);

/// The known key that an unknown one may have been meant to be; empty if none is near.
[[nodiscard]] std::string similar_setting(std::string_view key);

/// Refuses a value that a known key does not take; any value of an unknown key is fine.
/// @throws Error(usage) that says what the key takes
void check_setting(std::string_view key, const std::string& value);

} // namespace ds
