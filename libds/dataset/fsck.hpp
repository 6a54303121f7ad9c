// What checking and repairing a checkout share. Internal to this module.
#pragma once

#include "dataset/repository.hpp"
#include "dataset/upkeep.hpp"

namespace ds {

/// Whether an error tells of something that is broken or gone here, which a check reports and goes on.
[[nodiscard]] bool is_damage(const Error& error) noexcept;

/// Reads what is in .dsctl and tells what is damaged.
[[nodiscard]] FsckResult check_repository(Repository& repository, bool full);

/// Whether content is here, with every chunk that its recipe names.
[[nodiscard]] bool holds_whole(ObjectStore& store, const Entry& entry);

/// Makes anew what nothing can be opened without: folders, formats, HEAD. Takes the repository's lock.
void restore_frame(Repository& repository);

/// Mends what can be made anew from what else is here, the work tree and registries. What cannot is left as it is, or
/// beside its place, for check_repository() to tell. Takes the repository's lock.
void repair_repository(Repository& repository);

} // namespace ds
