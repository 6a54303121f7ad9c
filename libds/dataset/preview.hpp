// A look at a file of a version, by ranges: a file of any size costs a few requests.
#pragma once

#include "dataset/inspect.hpp"
#include "preview/preview.hpp"

#include <string>

namespace ds {

struct PreviewedFile {
    Entry entry;
    Preview preview;
    std::string link; ///< of a symbolic link: where it leads to; `preview` is empty then
};
/// @throws Error(not_found), Error(usage) for a folder
[[nodiscard]] PreviewedFile preview_file(VersionView& view, const std::string& path, std::size_t lines);

} // namespace ds
