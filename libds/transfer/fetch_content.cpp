// Content of a registry's version into the local store.
//
// The tree is walked in order, and its chunks are handed to workers some megabytes at a time: they read them
// in large ranges, verify and append them. A file of several chunks is hashed as a whole on the way, by the
// worker that has all of it or, if it is larger than a job, by the thread that takes the results in order: a
// recipe is written only for a file that is what its record says. What was fetched is committed now and then,
// so that an interrupted clone goes on where it stopped.
#include "transfer/fetch.hpp"

#include "codec/hash.hpp"
#include "model/recipe.hpp"
#include "task/ordered.hpp"
#include "transfer/content_check.hpp"
#include "transfer/content_stream.hpp"
#include "transfer/fetch_jobs.hpp"

#include <algorithm>
#include <atomic>
#include <unordered_set>

namespace ds {

namespace {

constexpr std::uint64_t job_bytes = 8u << 20;
constexpr std::size_t job_wants = 1u << 14;
constexpr std::uint64_t commit_interval = 128u << 20;

class ContentFetch {
  public:
    ContentFetch(VersionNodes& nodes, ObjectStore& local, const WantedContent& wanted, Context& context,
                 TransferStats& stats)
        : nodes_(nodes), local_(local), wanted_(wanted), context_(context), stats_(stats),
          writer_(local.writer()), jobs_(std::min(std::max(context.jobs, 1u), 16u)),
          workers_(jobs_, jobs_ + 2, [this](const FetchJob& job) {
              return stop_ ? FetchDone{} : run_fetch_job(nodes_.reader(), local_, job);
          }) {}

    void run() {
        const NodePlace root = nodes_.root_place();
        const bool all = !wanted_;
        ProgressScope progress(context_.progress, "fetching", all ? root.entries : 0, all ? root.bytes : 0);
        const auto node = nodes_.node(root);
        try {
            visit(*node);
            hand_out();
            drain();
        } catch (...) {
            keep_what_came();
            throw;
        }
        writer_->commit();
    }

  private:
    /// What was verified before an error is kept, so that the next try goes on from there.
    void keep_what_came() noexcept {
        stop_ = true;
        while (!workers_.empty()) {
            try {
                (void)workers_.take();
            } catch (...) {
                continue; // the first error is the one to tell of
            }
        }
        try {
            writer_->commit();
        } catch (const std::exception&) {
            stop_ = true; // a full disk, perhaps: nothing is kept, as without this
        }
    }
    [[nodiscard]] bool needs(const LeafItem& item) {
        return item.entry.kind != EntryKind::empty_dir && item.entry.size > 0 &&
               (!wanted_ || wanted_(item.path, item.entry)) && !local_.has_content(item.entry);
    }
    /// Whether a leaf must be looked at; told by its tree half if that is here.
    [[nodiscard]] bool needs_leaf(const Sha256& id) {
        if (!local_.has(ObjectKind::tree, id)) {
            return true;
        }
        const TreeNode leaf = TreeNode::parse(*local_.load_node(id), id);
        return leaf.level != 0 || std::any_of(leaf.leaves.begin(), leaf.leaves.end(),
                                              [&](const LeafItem& item) { return needs(item); });
    }

    void visit(const VersionNode& node) {
        context_.check_stop();
        for (std::size_t i = 0; i < node.tree.children.size();) {
            if (node.tree.level > 1) {
                visit(*nodes_.child(node, i++));
                continue;
            }
            std::vector<std::size_t> needed;
            const std::size_t end = i + VersionNodes::batch(node, i);
            for (; i < end; ++i) {
                const InnerItem& child = node.tree.children[i];
                if (needs_leaf(child.child)) {
                    needed.push_back(i);
                } else {
                    context_.progress.advance(child.entries, child.bytes);
                }
            }
            if (needed.size() > 1) {
                nodes_.prefetch(node, needed, true, jobs_);
            }
            for (const std::size_t child : needed) {
                leaf(nodes_.child(node, child));
            }
        }
        if (node.tree.level == 0) {
            leaf(nodes_.node(node.place));
        }
    }

    void leaf(const VersionNodePtr& node) {
        context_.check_stop();
        prefetch_segments(*node);
        for (std::size_t i = 0; i < node->tree.leaves.size(); ++i) {
            const LeafItem& item = node->tree.leaves[i];
            const FileLayout& file = node->layout.files[i];
            if (!needs(item)) {
                context_.progress.advance(1, item.entry.size);
                continue;
            }
            if (file.chunks.size() + file.segments.size() > 1 && !large_.insert(item.entry.hash).second) {
                context_.progress.advance(1, item.entry.size); // the same large file again
                continue;
            }
            ++stats_.files;
            if (file.chunks.size() == 1 && file.segments.empty()) {
                add(node, {}, item, file.chunks[0], node->layout.packs[file.chunks[0].at.pack]);
            } else {
                large(node, i);
            }
        }
        if (uncommitted_ >= commit_interval) {
            commit();
        }
    }

    /// Files of some megabytes have one small segment each, and those of a leaf lie side by side.
    void prefetch_segments(const VersionNode& node) {
        std::vector<FramePlace> places;
        for (std::size_t i = 0; i < node.layout.files.size(); ++i) {
            const auto& segments = node.layout.files[i].segments;
            if (segments.size() == 1 && needs(node.tree.leaves[i])) {
                const Extent& at = segments[0].at;
                places.push_back({node.layout.packs[at.pack], at.frame_offset, at.frame_length});
            }
        }
        if (places.size() > 1) {
            (void)nodes_.reader().frames(places, jobs_);
        }
    }

    void add(const VersionNodePtr& node, const std::shared_ptr<FetchFile>& file, const LeafItem& item,
             const ChunkPlace& chunk, const PackRef& pack) {
        const Extent& at = chunk.at;
        const FramePlace frame{pack, at.frame_offset, at.frame_length};
        // A file that fits one job is never cut, a frame only if its objects are out of order.
        const bool may_cut = !file || !file->whole_in_job;
        if (may_cut && (waiting_ >= job_bytes || job_.wants.size() >= job_wants) &&
            job_.wants.back().frame != frame) {
            hand_out();
        }
        const bool held = file && local_.has(ObjectKind::chunk, chunk.hash);
        if (job_.keep.empty() || job_.keep.back() != node) {
            job_.keep.push_back(node);
        }
        job_.wants.push_back({frame, at.inner_offset, at.length, chunk.hash, &item.path, file, held});
        waiting_ += at.length;
    }

    void large(const VersionNodePtr& node, std::size_t index) {
        auto file = std::make_shared<FetchFile>();
        file->leaf = node;
        file->index = index;
        const LeafItem& item = file->item();
        file->whole_in_job = item.entry.size <= job_bytes;
        if (waiting_ > 0 && waiting_ + item.entry.size > job_bytes) {
            hand_out();
        }
        RecipeBuilder recipe(
            [&](const Sha256& id, ByteView bytes) { writer_->put(ObjectKind::recipe_part, id, bytes); });
        for_each_chunk_of(nodes_, item.path, node->layout.files[index], node->layout.packs,
                          [&](const ChunkPlace& chunk, const PackRef& pack) {
                              recipe.add(chunk.at.length, chunk.hash);
                              add(node, file, item, chunk, pack);
                              if (uncommitted_ >= commit_interval) {
                                  commit();
                              }
                          });
        file->recipe = recipe.finish(); // before any result is taken that could complete the file
        if (!file->whole_in_job) {
            hand_out();
        }
    }

    void hand_out() {
        if (job_.wants.empty()) {
            return;
        }
        while (workers_.full()) {
            take();
        }
        job_.writer = writer_.get();
        stats_.chunks += job_.wants.size();
        workers_.submit(std::move(job_));
        job_ = {};
        waiting_ = 0;
    }

    void take() {
        context_.check_stop();
        FetchDone done = workers_.take();
        uncommitted_ += done.bytes;
        for (const FetchDone::Piece& piece : done.pieces) {
            whole_.update(piece.bytes.view);
            piece.file->hashed += piece.bytes.view.size();
            const Entry& entry = piece.file->item().entry;
            if (piece.file->hashed == entry.size) {
                if (const Sha256 found = whole_.finish(); found != entry.hash) {
                    throw_mismatch(piece.file->item().path, entry.hash, found);
                }
                done.files.push_back(piece.file);
            }
        }
        for (const auto& file : done.files) {
            writer_->put(ObjectKind::recipe, file->item().entry.hash, file->recipe.serialise());
        }
        context_.progress.advance(done.small_files + done.files.size(), done.bytes);
    }
    void drain() {
        while (!workers_.empty()) {
            take();
        }
    }
    void commit() {
        drain(); // what is under way refers to the writer
        writer_->commit();
        writer_ = local_.writer();
        uncommitted_ = 0;
        large_.clear();
    }

    VersionNodes& nodes_;
    ObjectStore& local_;
    const WantedContent& wanted_;
    Context& context_;
    TransferStats& stats_;
    std::unique_ptr<StoreWriter> writer_;
    unsigned jobs_;
    FetchJob job_; ///< being filled
    std::uint64_t waiting_ = 0;
    std::uint64_t uncommitted_ = 0;
    Sha256Stream whole_;
    std::atomic<bool> stop_{false};           ///< jobs not begun need not begin
    std::unordered_set<Sha256> large_;        ///< files of several chunks since the last commit
    OrderedMap<FetchJob, FetchDone> workers_; ///< last: joined before what it uses goes
};

} // namespace

void fetch_content(RegistryVersion& version, ObjectStore& local, const WantedContent& wanted,
                   Context& context, TransferStats& stats) {
    const std::uint64_t before = version.bytes_read();
    ContentFetch(version.nodes(), local, wanted, context, stats).run();
    stats.bytes += version.bytes_read() - before;
}

} // namespace ds
