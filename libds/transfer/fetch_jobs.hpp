// The unit of work of downloading content: chunks that lie near each other, read together, verified, and
// appended to the local store. Internal to this module.
#pragma once

#include "model/recipe.hpp"
#include "store/object_store.hpp"
#include "transfer/version_nodes.hpp"

#include <memory>
#include <vector>

namespace ds {

/// A file of several chunks: its hash is known to be right only when all of them passed by in order.
struct FetchFile {
    VersionNodePtr leaf;
    std::size_t index = 0;
    Recipe recipe;             ///< to be written once the file is verified
    bool whole_in_job = false; ///< one job has all of it and checks its hash
    std::uint64_t hashed = 0;  ///< bytes of a file in several jobs that were hashed
    [[nodiscard]] const LeafItem& item() const { return leaf->tree.leaves[index]; }
};

/// A chunk of the file at `path`.
struct ChunkWant {
    FramePlace frame;
    std::uint32_t inner_offset = 0;
    std::uint32_t length = 0;
    Sha256 hash;
    const std::string* path = nullptr; ///< kept alive by the job
    std::shared_ptr<FetchFile> file;   ///< null: the chunk is the file
    bool local = false;                ///< held here already: read for its bytes only
};

struct FetchJob {
    std::vector<ChunkWant> wants; ///< in the order of the tree
    std::vector<VersionNodePtr> keep;
    StoreWriter* writer = nullptr;
};

struct FetchDone {
    struct Piece {
        std::shared_ptr<FetchFile> file;
        SharedBytes bytes;
    };
    std::vector<Piece> pieces;                     ///< of files in several jobs, in order
    std::vector<std::shared_ptr<FetchFile>> files; ///< whole and verified
    std::uint64_t small_files = 0;
    std::uint64_t bytes = 0; ///< of content
};

/// Verifies and stores. Thread-safe. @throws CorruptObject naming the path; nothing of a damaged frame is
/// stored
[[nodiscard]] FetchDone run_fetch_job(PackReader& reader, ObjectStore& local, const FetchJob& job);

} // namespace ds
