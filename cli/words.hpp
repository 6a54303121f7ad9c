// What a word on the command line names. The one place that tells versions and revisions of this
// dataset from references to any dataset.
#pragma once

#include "base/names.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ds::cli {

enum class WordKind {
    version,   ///< ":v1": this dataset's v1
    revision,  ///< "v1", "HEAD~2", "v1..v2": a version or a git revision of this dataset
    reference, ///< "[registry/]ns/name[:version][@digest]"
};

/// Inside a checkout a word without '/', ':' and "@sha256:" is a revision and ":v1" a version; everything
/// else, and every word outside of a checkout, is a reference.
[[nodiscard]] WordKind classify(std::string_view word, bool inside_checkout);

/// The word without the ':' of ":v1".
[[nodiscard]] std::string version_word(std::string_view word);

/// "A..B" as two revisions ("HEAD" where a side is empty); nothing for a word that is no range.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> split_range(std::string_view word);

} // namespace ds::cli
