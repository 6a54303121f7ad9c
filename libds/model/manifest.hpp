// The canonical manifest: at most 1 KiB of text whose SHA-256 is a version's public digest.
//
//   dsctl-manifest 1\n
//   tree sha256:<hex>\n
//   files <n>\n           files and executables
//   symlinks <n>\n
//   folders <n>\n         empty folders
//   bytes <n>\n
//   listing sha256:<hex>\n
//
// The listing is `mode SP sha256 SP size SP path NUL` per entry in byte order of paths; empty
// folders have 64 zeros as hash. So coreutils can check a digest.
#pragma once

#include "model/node_store.hpp"
#include "model/tree.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace ds {

struct Manifest {
    Sha256 tree;
    std::uint64_t files = 0;
    std::uint64_t symlinks = 0;
    std::uint64_t folders = 0;
    std::uint64_t bytes = 0;
    Sha256 listing;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] Sha256 digest() const;
    /// Exactly the grammar above. @throws CorruptObject
    [[nodiscard]] static Manifest parse(ByteView text);
    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Walks the whole tree once (2-3 million entries a second). @throws Interrupted, CorruptObject
[[nodiscard]] Manifest make_manifest(NodeSource& nodes, const Sha256& root, const std::stop_token& stop = {});
/// Appends one line of the listing.
void append_listing_line(ByteString& out, std::string_view path, const Entry& entry);

} // namespace ds
