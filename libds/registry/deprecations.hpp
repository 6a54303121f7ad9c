// That a published version should not be used any more: an object of its own for each version in the control bucket,
// `<ns>/<name>/deprecated/<version>`, under compare-and-swap. The catalog only mirrors it.
#pragma once

#include "registry/registry.hpp"

#include <map>
#include <optional>
#include <string>

namespace ds {

[[nodiscard]] std::string deprecation_key(const DatasetName& dataset, const std::string& version);
/// Why a version should not be used; nothing when it may be. One request. @throws CorruptObject
[[nodiscard]] std::optional<std::string> deprecation(Registry& registry, const DatasetName& dataset,
                                                     const std::string& version);
/// Reasons by version. One listing, and one request for each that was ever deprecated.
[[nodiscard]] std::map<std::string, std::string> deprecations(Registry& registry, const DatasetName& dataset);
/// Sets a reason, or withdraws it (empty); whoever is last decides. A damaged object is replaced.
/// @throws Error(unknown) when it cannot be told whether it was set, Error(retry) when others keep changing it
void set_deprecation(Registry& registry, const DatasetName& dataset, const std::string& version,
                     const std::string& reason, const std::string& author, std::int64_t now);

} // namespace ds
