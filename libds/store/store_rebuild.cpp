// The index made anew from the packs alone.
//
// Packs whose footer holds are indexed by it. Of the others every frame that can still be found is copied
// into a new pack, verified, before the damaged file goes. New segments are durable before the old ones are
// removed, so that a kill in between costs nothing.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "store/session_dir.hpp"
#include "store/store_impl.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::size_t run_records = std::size_t{1} << 20;

/// Copies what is whole of a pack; returns whether only a footer's worth of bytes was not understood.
bool salvage(const std::string& path, const std::string& what, StoreWriter& writer, std::uint64_t& objects) {
    const MappedFile file = MappedFile::open(path);
    const ByteView all = file.view();
    std::size_t at = std::min(all.size(), pack_magic.size());
    std::size_t lost = 0;
    std::size_t found = 0;
    while (at < all.size()) {
        try {
            const FrameHeader header = FrameHeader::parse(all.substr(at), what);
            const ByteView frame = all.substr(at, header.frame_length());
            const ByteString raw = decode_frame(frame, what);
            std::vector<FooterEntry> entries;
            std::uint32_t inner = 0;
            bool whole = true;
            for (std::size_t i = 0; i < header.lengths.size(); ++i) {
                const ByteView bytes = ByteView(raw).substr(inner, header.lengths[i]);
                const bool keyed = header.kind == ObjectKind::recipe;
                entries.push_back(
                    {keyed ? header.keys[i] : sha256(bytes), 0, inner, header.lengths[i], header.kind});
                whole = whole && (!keyed || object_holds(header.kind, header.keys[i], bytes));
                inner += header.lengths[i];
            }
            if (!whole) {
                throw CorruptObject("a recipe does not hold");
            }
            found += entries.size();
            writer.put_frame(frame, std::move(entries));
            at += frame.size();
        } catch (const CorruptObject&) {
            // Not a frame, or a damaged one: look for the next place where one might begin.
            const std::size_t next = all.find('\xFA', at + 1);
            const std::size_t to = next == ByteView::npos ? all.size() : next;
            lost += to - at;
            at = to;
        }
    }
    objects += found;
    return lost <= found * footer_entry_bytes + footer_tail_bytes;
}

/// Reads every object of a pack: one that cannot be read must not be found, so that it can be fetched anew.
void require_whole(const PackFile& pack) {
    for (std::uint32_t first = 0; first < pack.count();) {
        const FrameExtent extent = pack.frame_of(first);
        const OpenFrame open = open_frame(pack.read_frame(extent), pack.what());
        for (std::uint32_t i = extent.first; i < extent.last; ++i) {
            const FooterEntry e = pack.entry(i);
            const auto object = object_in(open.raw.view, e.inner_offset, e.length);
            if (!object || !object_holds(e.kind, e.hash, *object)) {
                throw CorruptObject(
                    fmt::format("{} is damaged: hash of {} differs", pack.what(), e.hash.short_hex()));
            }
        }
        first = extent.last;
    }
}

} // namespace

void ObjectStore::rebuild_index(Context& context, const std::function<void(const StoreProblem&)>& report) {
    Impl& inside = *impl_;
    const auto lock = LockFile::acquire(inside.path + "/merge.lock", LockFile::Mode::exclusive, 60'000);
    if (!lock) {
        throw Error(ErrorKind::locked, "another process is merging the index", "run the command again");
    }
    std::vector<std::string> old_segments;
    for (const std::string& name : list_dir(inside.index_dir())) {
        if (name.ends_with(".idx")) {
            old_segments.push_back(inside.index_dir() + "/" + name);
        }
    }
    inside.forget_cached();
    const SessionDir scratch(inside.tmp_dir());
    const std::vector<Sha256> names = inside.all_packs();
    ProgressScope progress(context.progress, "rebuilding the index", names.size(), 0);

    std::vector<std::string> runs;
    std::vector<Sha256> packs;
    std::vector<IndexRecord> records;
    const auto write_run = [&] {
        runs.push_back(fmt::format("{}/run-{}.idx", scratch.path(), runs.size()));
        write_index_segment(runs.back(), packs, records);
        packs.clear();
        records.clear();
    };
    std::vector<Sha256> damaged;
    for (const Sha256& name : names) {
        context.check_stop();
        const std::string what = "pack " + name.short_hex();
        try {
            const auto pack = inside.packs.open_fresh(name);
            if (!pack) {
                continue;
            }
            const PackFooter footer = pack->footer();
            require_whole(*pack);
            for (std::uint32_t i = 0; i < footer.entries.size(); ++i) {
                records.push_back(
                    {footer.entries[i].hash.prefix64(), static_cast<std::uint32_t>(packs.size()), i});
            }
            packs.push_back(name);
        } catch (const CorruptObject& e) {
            report({what, e.message(), {}, {}});
            damaged.push_back(name);
        }
        if (records.size() >= run_records) {
            write_run();
        }
        context.progress.advance(1, 0);
    }
    if (!records.empty()) {
        write_run();
    }
    for (const std::string& run : runs) {
        rename_file(run, inside.next_segment_path(), Durability::volatile_);
    }
    sync_dir(inside.index_dir());

    std::vector<std::pair<Sha256, bool>> salvaged;
    if (!damaged.empty()) {
        const auto session = writer();
        for (const Sha256& name : damaged) {
            context.check_stop();
            if (!path_exists(inside.packs.pack_path(name))) {
                inside.salvage_held(name, *session);
                salvaged.emplace_back(name, false);
                continue;
            }
            std::uint64_t objects = 0;
            const bool whole =
                salvage(inside.packs.path_of(name), "pack " + name.short_hex(), *session, objects);
            salvaged.emplace_back(name, whole);
            report({"pack " + name.short_hex(), fmt::format("{} objects saved from it", objects), {}, {}});
        }
        session->commit();
    }
    for (const std::string& path : old_segments) {
        remove_file(path);
    }
    sync_dir(inside.index_dir());
    for (const auto& [name, whole] : salvaged) {
        const std::string path = inside.packs.path_of(name);
        if (whole) {
            remove_file(path);
        } else { // perhaps somebody can make more of it
            rename_file(path, path + ".damaged", Durability::volatile_);
        }
    }
    sync_dir(inside.packs_dir());
    inside.forget_references();
    inside.forget_cached();
    inside.refresh();
}

} // namespace ds
