// History bundles in a registry: a chain from the newest to the oldest, each of at least about twice the size
// of the next newer one, so that a long history is few reads. Internal to this module.
#pragma once

#include "model/documents.hpp"
#include "transfer/pack_reader.hpp"

namespace ds {

/// The bundle at a place, hash-checked. @throws CorruptObject
[[nodiscard]] HistoryBundle read_history_bundle(PackReader& reader, const Place& place);

/// Sends a bundle in a pack of its own.
[[nodiscard]] Place put_bundle(Registry& target, const std::string& ns, const HistoryBundle& bundle);

} // namespace ds
