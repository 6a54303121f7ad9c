// Which datasets of a registry the user's keys show: all of them or, where policies grant namespaces only, those of the
// namespaces whose names are known.
#pragma once

#include "registry/registry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct VisibleDatasets {
    std::vector<DatasetName> datasets; ///< sorted
    /// Nothing when the whole registry was listed, otherwise the namespaces that were, sorted.
    std::optional<std::vector<std::string>> only;
};

/// @param namespaces  to look into; none: all
/// @param known       where the keys may not list all of them: names to try instead, some of which may be denied too
/// @throws Error(auth) for one of `namespaces` that is denied, or when nothing of the registry may be listed
[[nodiscard]] VisibleDatasets visible_datasets(Registry& registry, const std::vector<std::string>& namespaces,
                                               const std::vector<std::string>& known);

/// For "did you mean": names like that of `wanted`, as far as they can be seen; empty when there are none.
[[nodiscard]] std::string closest_dataset(Registry& registry, const DatasetName& wanted);

/// Namespaces that hold datasets, sorted. @throws Error(auth) with the way out where keys may not list all of them
[[nodiscard]] std::vector<std::string> namespaces_of(Registry& registry);

} // namespace ds
