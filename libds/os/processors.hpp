// How many processors this process may keep busy.
#pragma once

#include <string>

namespace ds {

/// Those it may run on, and no more than its control groups give it time for (a container of two processors on a machine
/// of 64 sees all 64), rounded up; at least 1. Thread-safe.
/// @param root where proc/self/cgroup and sys/fs/cgroup lie, for tests
[[nodiscard]] unsigned usable_processors(const std::string& root = "/");

} // namespace ds
