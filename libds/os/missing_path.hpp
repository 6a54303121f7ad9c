// What to say to somebody who named a file that is not there.
#pragma once

#include <string>

namespace ds {

/// "did you mean 'train'?" if the folder holds a name that is near, else the command that lists the nearest folder there is.
[[nodiscard]] std::string missing_path_hint(const std::string& path);

/// @throws Error(not_found): the path names nothing here, with that hint
[[noreturn]] void refuse_missing(const std::string& path);
/// Refuses a path that names nothing here; a link is there, wherever it leads.
void require_there(const std::string& path);

} // namespace ds
