// Content of a registry's version into the local store.
//
// The tree is walked in order. Small files become wants, and once some megabytes of them are known they are
// sorted by where they lie and read in large ranges by several workers. Large files go through the same
// workers chunk by chunk, in order, so that the whole file is hashed on the way: a recipe is written only for a
// file that is what its record says. What was fetched is committed now and then, so that an interrupted
// clone goes on where it stopped.
#include "transfer/fetch.hpp"

#include "codec/hash.hpp"
#include "model/recipe.hpp"
#include "task/ordered.hpp"
#include "transfer/content_check.hpp"
#include "transfer/fetch_jobs.hpp"

#include <algorithm>
#include <map>

namespace ds {

namespace {

constexpr std::uint64_t window_bytes = 16u << 20;
constexpr std::size_t window_wants = 1u << 16;
constexpr std::uint64_t large_job_bytes = 4u << 20;
constexpr std::uint64_t commit_interval = 512u << 20;

class ContentFetch {
  public:
    ContentFetch(VersionNodes& nodes, ObjectStore& local, const std::function<bool(std::string_view)>& wanted,
                 Context& context, TransferStats& stats)
        : nodes_(nodes), local_(local), wanted_(wanted), context_(context), stats_(stats), writer_(local.writer()),
          jobs_(std::min(std::max(context.jobs, 1u), 16u)),
          workers_(jobs_, jobs_ + 2, [this](FetchJob job) { return run_fetch_job(nodes_.reader(), local_, job); }) {}

    void run() {
        const NodePlace root = nodes_.root_place();
        const bool all = !wanted_;
        ProgressScope progress(context_.progress, "fetching", all ? root.entries : 0, all ? root.bytes : 0);
        const auto node = nodes_.node(root);
        visit(*node);
        flush();
        drain();
        writer_->commit();
    }

  private:
    [[nodiscard]] bool needs(const LeafItem& item) {
        return item.entry.kind != EntryKind::empty_dir && item.entry.size > 0 && (!wanted_ || wanted_(item.path)) &&
               !local_.has_content(item.entry);
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
        window_.keep.push_back(node);
        for (std::size_t i = 0; i < node->tree.leaves.size(); ++i) {
            const LeafItem& item = node->tree.leaves[i];
            const FileLayout& file = node->layout.files[i];
            if (!needs(item)) {
                context_.progress.advance(1, item.entry.size);
                continue;
            }
            ++stats_.files;
            if (file.chunks.size() == 1 && file.segments.empty()) {
                small(item, file.chunks[0], node->layout.packs);
            } else {
                large(node, i);
            }
        }
    }

    void small(const LeafItem& item, const ChunkPlace& chunk, const std::vector<PackRef>& packs) {
        const Extent& at = chunk.at;
        window_.wants.push_back({{packs[at.pack], at.frame_offset, at.frame_length},
                                 at.inner_offset, at.length, chunk.hash, &item.path, false});
        waiting_bytes_ += at.length;
        if (waiting_bytes_ >= window_bytes || window_.wants.size() >= window_wants) {
            flush();
        }
    }

    /// Sorts what is waiting by place (packs in order of first use) and hands it out run by run.
    void flush() {
        auto& wants = window_.wants;
        std::map<PackRef, std::size_t> ranks;
        std::vector<std::size_t> rank(wants.size());
        std::vector<std::size_t> order(wants.size());
        for (std::size_t i = 0; i < wants.size(); ++i) {
            rank[i] = ranks.emplace(wants[i].frame.pack, ranks.size()).first->second;
            order[i] = i;
        }
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return rank[a] != rank[b] ? rank[a] < rank[b] : wants[a].frame.offset < wants[b].frame.offset;
        });
        FetchJob job;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        const auto hand_out = [&] {
            if (!job.wants.empty()) {
                job.keep = window_.keep;
                submit(std::move(job));
                job = {};
            }
        };
        for (const std::size_t i : order) {
            const FramePlace& frame = wants[i].frame;
            const std::uint64_t frame_end = std::uint64_t{frame.offset} + frame.length;
            const bool joins = !job.wants.empty() && job.wants.back().frame.pack == frame.pack &&
                               frame.offset <= end + fetch_gap_bytes && frame_end - begin <= fetch_run_bytes;
            if (!joins) {
                hand_out();
                begin = frame.offset;
                end = begin;
            }
            end = std::max(end, frame_end);
            job.wants.push_back(std::move(wants[i]));
        }
        hand_out();
        window_ = {};
        waiting_bytes_ = 0;
    }

    void submit(FetchJob job) {
        while (workers_.full()) {
            take();
        }
        job.writer = writer_.get();
        stats_.chunks += job.wants.size();
        workers_.submit(std::move(job));
    }

    void take() {
        context_.check_stop();
        FetchDone done = workers_.take();
        uncommitted_ += done.bytes;
        if (!done.pieces.empty()) {
            for (const FetchDone::Piece& piece : done.pieces) {
                whole_.update(ByteView(*piece.raw).substr(piece.offset, piece.length));
            }
            context_.progress.advance(0, done.bytes);
            return;
        }
        context_.progress.advance(done.items, done.bytes);
        if (uncommitted_ >= commit_interval) {
            commit();
        }
    }
    void drain() {
        while (!workers_.empty()) {
            take();
        }
    }
    /// Everything under way refers to the writer.
    void commit() {
        while (!workers_.empty()) {
            uncommitted_ = 0; // no second commit meanwhile
            take();
        }
        writer_->commit();
        writer_ = local_.writer();
        uncommitted_ = 0;
    }

    void large(const VersionNodePtr& node, std::size_t index) {
        flush();
        drain();
        const LeafItem& item = node->tree.leaves[index];
        std::vector<std::pair<Sha256, ByteString>> parts;
        RecipeBuilder recipe([&](const Sha256& id, ByteView bytes) {
            writer_->put(ObjectKind::recipe_part, id, bytes);
        });
        FetchJob job;
        std::uint64_t job_bytes = 0;
        const auto hand_out = [&] {
            if (!job.wants.empty()) {
                job.keep_bytes = true;
                job.keep.push_back(node);
                submit(std::move(job));
                job = {};
                job_bytes = 0;
            }
        };
        (void)whole_.finish(); // starts anew, whatever an earlier file left
        naming(item.path, [&] {
            nodes_.for_each_chunk(node->layout.files[index], node->layout.packs,
                                  [&](const ChunkPlace& chunk, const PackRef& pack) {
                const Extent& at = chunk.at;
                recipe.add(at.length, chunk.hash);
                const bool held = local_.has(ObjectKind::chunk, chunk.hash);
                job.wants.push_back({{pack, at.frame_offset, at.frame_length},
                                     at.inner_offset, at.length, chunk.hash, &item.path, held});
                job_bytes += at.length;
                if (job_bytes >= large_job_bytes) {
                    hand_out();
                }
                if (uncommitted_ >= commit_interval) {
                    commit();
                }
            });
            return 0;
        });
        hand_out();
        drain();
        if (const Sha256 found = whole_.finish(); found != item.entry.hash) {
            throw_mismatch(item.path, item.entry.hash, found);
        }
        writer_->put(ObjectKind::recipe, item.entry.hash, recipe.finish().serialise());
        context_.progress.advance(1, 0);
        window_.keep.push_back(node);
    }

    VersionNodes& nodes_;
    ObjectStore& local_;
    const std::function<bool(std::string_view)>& wanted_;
    Context& context_;
    TransferStats& stats_;
    std::unique_ptr<StoreWriter> writer_;
    unsigned jobs_;
    FetchJob window_;
    std::uint64_t waiting_bytes_ = 0;
    std::uint64_t uncommitted_ = 0;
    Sha256Stream whole_;
    OrderedMap<FetchJob, FetchDone> workers_; ///< last: joined before what it uses goes
};

} // namespace

void fetch_content(RegistryVersion& version, ObjectStore& local, const std::function<bool(std::string_view)>& wanted,
                   Context& context, TransferStats& stats) {
    const std::uint64_t before = version.bytes_read();
    ContentFetch(version.nodes(), local, wanted, context, stats).run();
    stats.bytes += version.bytes_read() - before;
}

} // namespace ds
