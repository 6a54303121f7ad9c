// Notes: small immutable objects of the data bucket, `<ns>/notes/<random name>`, for what is too long for a document
// under compare-and-swap. A note is put before the document names it and is never changed; what no document names is
// collected as packs are.
#pragma once

#include "model/pack_list.hpp"
#include "registry/registry.hpp"

#include <string>
#include <vector>

namespace ds {

[[nodiscard]] std::string note_key(const std::string& ns, const Sha256& name);

/// @throws Error(failure) beyond max_note_object_bytes
[[nodiscard]] NoteRef put_note(Registry& registry, const std::string& ns, ByteView bytes);
/// The bytes, checked against their hash. @throws CorruptObject also when the note is gone
[[nodiscard]] ByteString read_note(Registry& registry, const std::string& ns, const NoteRef& note,
                                   std::string_view what);

[[nodiscard]] std::vector<NoteRef> put_pack_lists(Registry& registry, const std::string& ns,
                                                  const PackSet& packs);
/// Adds what the lists hold to `out`. @throws CorruptObject
void read_pack_lists(Registry& registry, const std::string& ns, const std::vector<NoteRef>& lists,
                     std::string_view what, PackSet& out);

} // namespace ds
