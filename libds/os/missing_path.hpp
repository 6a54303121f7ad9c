// What to say to somebody who named a file that is not there.
#pragma once

#include <string>

namespace ds {

/// "did you mean 'train'?" if the folder holds a name that is near, else the command that lists the nearest folder there is.
[[nodiscard]] std::string missing_path_hint(const std::string& path);

/// @throws Error(not_found) for a path that names nothing here, with that hint
void require_there(const std::string& path);

} // namespace ds
