// Putting and reading notes.
#include "registry/notes.hpp"

#include "codec/hash.hpp"
#include "os/file.hpp"
#include "registry/read_again.hpp"

#include <fmt/core.h>

namespace ds {

std::string note_key(const std::string& ns, const Sha256& name) {
    return ns + "/notes/" + name.hex();
}

NoteRef put_note(Registry& registry, const std::string& ns, ByteView bytes) {
    if (bytes.size() > max_note_object_bytes) {
        throw Error(ErrorKind::failure, fmt::format("a note of {} bytes; at most {} are allowed",
                                                    bytes.size(), max_note_object_bytes));
    }
    NoteRef note;
    note.name = Sha256::from_hex(random_hex(32)).value();
    note.length = static_cast<std::uint32_t>(bytes.size());
    note.hash = sha256(bytes);
    note.version_id = registry.data().put(note_key(ns, note.name), MemoryBody(bytes), std::nullopt);
    return note;
}

namespace {

ByteString read_once(Registry& registry, const std::string& ns, const NoteRef& note, std::string_view what) {
    ByteString bytes;
    try {
        registry.data().get(note_key(ns, note.name), note.version_id, 0, note.length, bytes);
    } catch (const Error& e) {
        if (e.kind() != ErrorKind::not_found) {
            throw;
        }
        throw CorruptObject(fmt::format("{} is gone", what),
                            fmt::format("dsctl registry check {}", registry.alias()));
    }
    if (bytes.size() != note.length || sha256(bytes) != note.hash) {
        throw CorruptObject(fmt::format("{} differs from its hash", what),
                            fmt::format("dsctl registry check {}", registry.alias()));
    }
    return bytes;
}

} // namespace

ByteString read_note(Registry& registry, const std::string& ns, const NoteRef& note, std::string_view what) {
    return read_again([&] { return read_once(registry, ns, note, what); });
}

std::vector<NoteRef> put_pack_lists(Registry& registry, const std::string& ns, const PackSet& packs) {
    std::vector<NoteRef> notes;
    for (const auto& list : pack_lists(packs)) {
        notes.push_back(put_note(registry, ns, list));
    }
    return notes;
}

void read_pack_lists(Registry& registry, const std::string& ns, const std::vector<NoteRef>& lists,
                     std::string_view what, PackSet& out) {
    for (const auto& list : lists) {
        read_pack_list(read_note(registry, ns, list, what), what, out);
    }
}

} // namespace ds
