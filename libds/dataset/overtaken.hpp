// A draft here whose name was published by somebody else. Its commits are not what the name means any more: they are neither
// taken for it nor lost.
#pragma once

#include "dataset/repository.hpp"

#include <optional>
#include <string>

namespace ds {

/// The command that leads on from such a draft, checked out or not; nothing when the version is no draft here, or not
/// published as far as is known here.
[[nodiscard]] std::optional<std::string> way_on_if_overtaken(Repository& repository,
                                                             const VersionName& version);
/// @throws Error(immutable) with the way on
void refuse_overtaken(Repository& repository, const VersionName& version);
/// But not where the draft is the very commit that was published: a publish was killed at its end, and goes on.
void refuse_unless_same(Repository& repository, const VersionName& version);
/// What was published holds all that the draft has.
[[nodiscard]] bool is_in(Repository& repository, const VersionName& draft, const CommitId& published);

} // namespace ds
