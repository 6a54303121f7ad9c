// The two halves of the folder kind, for folder.cpp to put together.
#pragma once

#include "registry/buckets/folder.hpp"

namespace ds::folder {

[[nodiscard]] std::unique_ptr<ControlBucket> make_control(const std::string& root);
[[nodiscard]] std::unique_ptr<DataBucket> make_data(const std::string& root, FolderClock clock);

} // namespace ds::folder
