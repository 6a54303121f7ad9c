// Downloading versions: history, trees, and content into the local store; lazy reads of what is not held.
#pragma once

#include "history/history.hpp"
#include "transfer/push.hpp"
#include "transfer/version_source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ds {

/// Imports the commits of a bundle chain until one that is known already. Hostile input: every object
/// is parsed and named by its own hash. @throws CorruptObject when `tip` is not among them at the end
/// @returns the places of the bundles, newest first; none when `tip` was here
std::vector<Place> fetch_history(RegistryVersion& version, History& history, const CommitId& tip,
                                 Context& context);

/// Imports all of the bundle chain, whatever is here: damaged objects of the history are replaced by it.
void fetch_history_again(RegistryVersion& version, History& history, Context& context);

/// Makes the trees of older commits out of the version's, which must be here, by the edits in those bundles.
void fetch_older_trees(RegistryVersion& version, const std::vector<Place>& bundles, ObjectStore& local,
                       Context& context);

/// Brings the tree nodes of a version into the local store (subtrees that are there are skipped).
void fetch_tree(RegistryVersion& version, ObjectStore& local, Context& context, TransferStats& stats);

/// Whether the content of an entry is to be brought.
using WantedContent = std::function<bool(std::string_view path, const Entry& entry)>;

/// Brings the content of the wanted files: verified frames are appended to local packs as they are where
/// every object in them is wanted, recipes are written after their chunks; whole-file hashes are checked.
/// Reads are grouped by pack and coalesced, context.jobs at a time. Files that are there are skipped.
/// @param wanted empty function: all
void fetch_content(RegistryVersion& version, ObjectStore& local, const WantedContent& wanted,
                   Context& context, TransferStats& stats);

/// Local store first, then the given registry versions in order; what is read remotely is verified but
/// not kept. Thread-safe.
class LazyContent : public ContentSource {
  public:
    LazyContent(ObjectStore& local, std::vector<std::shared_ptr<RegistryVersion>> remotes);
    void stream(std::string_view path, const Entry& entry,
                const std::function<void(ByteView)>& sink) override;
    void stream_whole(std::string_view path, const Entry& entry,
                      const std::function<void(ByteView)>& sink) override;
    void stream_range(std::string_view path, const Entry& entry, std::uint64_t offset, std::uint64_t length,
                      const std::function<void(ByteView)>& sink) override;
    [[nodiscard]] Prepared prepare(std::span<const Wanted> next) override;

  private:
    template <class Ask>
    void ask(std::string_view path, const Entry& entry, const std::function<void(ByteView)>& sink,
             const Ask& ask);

    ObjectStore& local_;
    std::vector<std::shared_ptr<RegistryVersion>> remotes_;
};

} // namespace ds
