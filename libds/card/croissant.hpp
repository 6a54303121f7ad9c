// The part of a Croissant document that lists files. Internal to this module.
#pragma once

#include "card/facts.hpp"
#include "codec/json.hpp"

namespace ds {

/// The members of "distribution".
[[nodiscard]] Json croissant_files(const VersionFacts& facts, const EachFile& files,
                                   std::size_t file_objects);

} // namespace ds
