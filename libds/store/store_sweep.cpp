// gc's part of the store: marks, and removing what is not marked.
//
// Order: new packs and their index, then the index without the packs that go, then those packs. A kill
// in between leaves packs that nothing refers to; the next sweep removes them.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "store/session_dir.hpp"
#include "store/store_impl.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>

namespace ds {

/// A bit for each object of each pack that has a marked one.
class ObjectMarksImpl : public ObjectMarks {
  public:
    explicit ObjectMarksImpl(ObjectStore::Impl& store) : store_(store) {}

    bool mark(ObjectKind kind, const Sha256& hash) override {
        bool fresh = false;
        ObjectStore::Impl::Trouble trouble;
        // Of several copies the first counts; the others are garbage.
        store_.visit_places(
            kind, hash,
            [&](const ObjectPlace& place) {
                auto& bits = packs_[place.pack->name()];
                bits.resize(place.pack->count());
                fresh = !bits[place.entry];
                bits[place.entry] = true;
                return true;
            },
            trouble);
        return fresh;
    }

    [[nodiscard]] const std::vector<bool>* of(const Sha256& pack) const {
        const auto at = packs_.find(pack);
        return at == packs_.end() ? nullptr : &at->second;
    }

  private:
    ObjectStore::Impl& store_;
    std::map<Sha256, std::vector<bool>> packs_;
};

namespace {

/// Copies the marked objects of a pack: whole frames as they are, others object by object.
/// @returns false when something marked could not be read; the pack must stay then
bool copy_live(const PackFile& pack, const std::vector<bool>& live, StoreWriter& writer) {
    try {
        for (std::uint32_t first = 0; first < pack.count();) {
            const FrameExtent extent = pack.frame_of(first);
            std::uint32_t marked = 0;
            for (std::uint32_t i = extent.first; i < extent.last; ++i) {
                marked += live[i] ? 1 : 0;
            }
            if (marked > 0) {
                const SharedBytes frame = pack.read_frame(extent);
                const OpenFrame open = open_frame(frame, pack.what());
                std::vector<FooterEntry> entries;
                for (std::uint32_t i = extent.first; i < extent.last; ++i) {
                    const FooterEntry e = pack.entry(i);
                    const auto object = object_in(open.raw.view, e.inner_offset, e.length);
                    if (live[i] && (!object || !object_holds(e.kind, e.hash, *object))) {
                        return false;
                    }
                    if (live[i] && marked < extent.last - extent.first) {
                        writer.put_copy(e.kind, e.hash, *object);
                    }
                    entries.push_back(e);
                }
                if (marked == entries.size()) {
                    writer.put_frame(frame.view, std::move(entries));
                }
            }
            first = extent.last;
        }
        return true;
    } catch (const CorruptObject&) {
        return false;
    }
}

/// Each commit leaves two packs. So many that are this small are gathered, as a file for each of ten thousand
/// commits would make opening and copying a store slow.
constexpr std::uint64_t small_pack = 1u << 20;
constexpr std::size_t many_packs = 50;

std::uint64_t file_size(const std::string& path) {
    const auto st = try_stat(path);
    return st ? static_cast<std::uint64_t>(st->st_size) : 0;
}

} // namespace

std::unique_ptr<ObjectMarks> ObjectStore::new_marks() {
    impl_->refresh();
    return std::make_unique<ObjectMarksImpl>(*impl_);
}

SweepResult ObjectStore::sweep(const ObjectMarks& marks, Context& context, DryRun dry_run) {
    const auto& marked = dynamic_cast<const ObjectMarksImpl&>(marks);
    Impl& inside = *impl_;
    const std::vector<Sha256> names = inside.all_packs();
    ProgressScope progress(context.progress, "collecting", names.size(), 0);
    SweepResult result;
    const auto is_small = [&](const Sha256& name) {
        const std::uint64_t size = file_size(inside.packs.pack_path(name));
        return size > 0 && size < small_pack; // held files are not gathered
    };
    const bool gather = std::count_if(names.begin(), names.end(), is_small) > std::ptrdiff_t{many_packs};
    std::set<Sha256> gone;
    std::unique_ptr<StoreWriter> session;
    for (const Sha256& name : names) {
        context.check_stop();
        context.progress.advance(1, 0);
        const std::string path = inside.packs.path_of(name);
        const std::uint64_t size = file_size(path);
        const std::vector<bool>* const live = marked.of(name);
        std::shared_ptr<const PackFile> pack;
        try {
            pack = inside.packs.open_fresh(name);
        } catch (const CorruptObject&) {
            continue; // damaged: fsck's to repair, not ours to remove
        }
        if (!pack) {
            continue;
        }
        if (live == nullptr) {
            ++result.packs_removed;
            result.objects_removed += pack->count();
            result.bytes_freed += size;
            gone.insert(name);
            continue;
        }
        // Raw lengths stand for stored ones: what matters is the share.
        std::uint64_t live_bytes = 0;
        std::uint64_t all_bytes = 0;
        std::uint64_t dead = 0;
        bool dead_promise = false; // a recipe says that its chunks are here; it must not outlive them
        for (std::uint32_t i = 0; i < pack->count(); ++i) {
            const std::uint32_t length = pack->entry(i).length;
            all_bytes += length;
            live_bytes += (*live)[i] ? length : 0;
            dead += (*live)[i] ? 0 : 1;
            dead_promise = dead_promise || (!(*live)[i] && pack->entry(i).kind == ObjectKind::recipe);
        }
        const bool gathered = gather && size < small_pack && pack->held() == nullptr;
        if (live_bytes * 2 >= all_bytes && !dead_promise && !gathered) {
            continue;
        }
        if (dry_run == DryRun::no) {
            if (!session) {
                session = writer();
            }
            if (!copy_live(*pack, *live, *session)) {
                continue; // what was copied is one more copy
            }
        }
        ++result.packs_rewritten;
        result.objects_removed += dead;
        result.bytes_freed +=
            size - std::min(size, live_bytes * size / std::max<std::uint64_t>(all_bytes, 1));
        gone.insert(name);
    }
    const auto is_gone = [&](const Sha256& name) { return gone.contains(name); };
    if (dry_run == DryRun::yes || gone.empty()) {
        result.bytes_freed += inside.sweep_held_data(is_gone, dry_run);
        return result;
    }
    const auto lock = LockFile::acquire(inside.path + "/merge.lock", LockFile::Mode::exclusive, 60'000);
    if (!lock) {
        throw Error(ErrorKind::locked, "another process is merging the index", "run the command again");
    }
    if (session) {
        session->commit();
        session.reset();
    }
    inside.refresh();
    const auto old = inside.segments();
    if (!old->damaged.empty()) {
        std::rethrow_exception(
            old->damaged.front().second); // nothing is removed on the word of a damaged index
    }
    const SessionDir scratch(inside.tmp_dir());
    const std::string merged = scratch.path() + "/merged.idx";
    if (merge_index_segments(merged, old->good, [&](const Sha256& name) { return !is_gone(name); }) > 0) {
        rename_file(merged, inside.next_segment_path(), Durability::synced);
    }
    for (const auto& segment : old->good) {
        remove_file(segment->path());
    }
    sync_dir(inside.index_dir());
    for (const Sha256& name : gone) {
        remove_file(inside.packs.path_of(name));
    }
    sync_dir(inside.packs_dir());
    result.bytes_freed += inside.sweep_held_data(is_gone, DryRun::no);
    if (path_exists(inside.held_dir())) {
        sync_dir(inside.held_dir());
    }
    inside.forget_references();
    inside.forget_cached();
    inside.nodes.clear();
    inside.refresh();
    return result;
}

} // namespace ds
