// A version seen as folders: what a file system asks for, over the tree's flat order, fetched as it is asked
// for.
//
// The tree sorts whole paths by byte, so a folder is the run of entries that begin with its path and '/'. The
// run is contiguous, but not beside the folder's own name: `a-b` lies between `a` and `a/x`. So a name is
// sought twice, as an entry and as a prefix, and a listing leaps from the first entry of a subfolder to the
// first one behind it ('0' follows '/'). Every step is a walk from the root down, O(log n) nodes, of which
// the inner ones are soon in memory; a folder that spans several nodes shows already in the inner nodes' keys
// and costs no leaf.
//
// Inode numbers are derived, not handed out: (rank + 1) * 4096 + depth, where rank counts entries in order.
// Depth 0 is the entry itself. A folder of d components has depth d and the rank of an entry below it that
// the tree alone picks (the last one below the first child that ends inside of the folder, else its first
// entry). So numbers are stable over time, mounts and machines, can be turned back into paths, and no table
// of them is kept.
#pragma once

#include "model/entry.hpp"
#include "transfer/version_nodes.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

using Inode = std::uint64_t;
inline constexpr Inode root_inode = 1;

/// What a path is.
struct FolderNode {
    Inode inode = root_inode;
    bool folder = true; ///< also an empty one
    Entry entry;        ///< of folders: as of an empty folder
    std::string path;   ///< "" is the root
};

/// Thread-safe. Errors are those of VersionNodes.
class FolderView {
  public:
    /// Reads the root and, where that is cheap, the inner nodes.
    /// @param jobs reads at once
    FolderView(VersionNodes& nodes, unsigned jobs);

    /// What is at `path`, if anything is.
    [[nodiscard]] std::optional<FolderNode> find(std::string_view path);
    [[nodiscard]] std::optional<FolderNode> lookup(Inode folder, std::string_view name);
    /// Nothing for a number that this view never gave.
    [[nodiscard]] std::optional<FolderNode> get(Inode inode);
    /// Where a file or link is in the tree.
    [[nodiscard]] std::optional<LeafPosition> position(Inode inode);

    /// Visits what is directly in a folder, each once, in the order of the tree.
    /// @param after the inode visited last, or 0 to begin
    /// @param visit gets the node and its name; false to stop
    /// @returns false when there is no such folder
    bool list(Inode folder, Inode after,
              const std::function<bool(const FolderNode&, std::string_view)>& visit);

    [[nodiscard]] VersionNodes& nodes() noexcept { return nodes_; }

  private:
    struct Place {
        VersionNodePtr leaf;
        std::size_t index = 0;
        std::uint64_t rank = 0;
    };
    [[nodiscard]] std::optional<Place> seek(std::string_view key, std::string_view listed = {});
    [[nodiscard]] std::optional<Place> select(std::uint64_t rank);
    [[nodiscard]] std::optional<Inode> folder_inode(std::string_view folder);
    [[nodiscard]] std::optional<std::string> path_of(Inode inode);
    void read_ahead(const VersionNode& parent, std::size_t index, std::string_view listed);

    VersionNodes& nodes_;
    unsigned jobs_;
    std::mutex mutex_; ///< guards the leaf that was fetched last
    Sha256 last_parent_;
    std::size_t last_index_ = 0;
};

} // namespace ds
