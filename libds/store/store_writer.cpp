// Write sessions: grouping objects into frames, frames into packs, and the commit.
#include "store/store_writer_impl.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <thread>
#include <utility>

namespace ds {

namespace {

/// Records kept in memory before a session writes them out as a segment of its own (16 MiB).
constexpr std::size_t max_records = std::size_t{1} << 20;

bool is_content(ObjectKind kind) noexcept {
    return kind == ObjectKind::chunk;
}

} // namespace

void StoreWriter::Impl::add(ObjectKind kind, const Sha256& hash, ByteView bytes) {
    const StoreParams& params = store.params();
    if (bytes.size() > max_frame_raw) {
        throw Error(ErrorKind::failure, fmt::format("cannot store object {} of {} bytes: too large",
                                                    hash.short_hex(), bytes.size()));
    }
    ++new_objects;
    if (kind == ObjectKind::tree) {
        nodes.add(hash, bytes);
    }
    if (bytes.size() >= params.frame_size) {
        ByteString scratch;
        const auto length = static_cast<std::uint32_t>(bytes.size());
        append(encode_frame(kind, {&hash, 1}, {&length, 1}, bytes, params.level, scratch));
        return;
    }
    std::size_t cls = static_cast<std::size_t>(kind);
    std::size_t number = 0; // metadata keeps its order
    if (is_content(kind)) {
        cls = params.level > 0 && looks_random(bytes) ? 0 : cls;
        number = std::hash<std::thread::id>{}(std::this_thread::get_id()) % stripe_count;
    }
    Stripe& stripe = stripes[number];
    std::unique_ptr<FrameBuilder> full;
    {
        std::lock_guard lock(stripe.mutex);
        auto& open = stripe.open[cls];
        if (open &&
            (open->raw_size() + bytes.size() > params.frame_size || open->count() == max_frame_objects)) {
            full = std::move(open);
        }
        if (!open) {
            auto& spare = stripe.spare[cls];
            if (spare.empty()) {
                open = std::make_unique<FrameBuilder>(kind);
            } else {
                open = std::move(spare.back());
                spare.pop_back();
            }
        }
        open->add(hash, bytes);
    }
    if (full) {
        flush_builder(*full);
        std::lock_guard lock(stripe.mutex);
        stripe.spare[cls].push_back(std::move(full));
    }
}

void StoreWriter::Impl::flush_builder(FrameBuilder& builder) {
    thread_local ByteString scratch; // a frame's worth, kept because every frame needs it
    append(builder.encode_in_place(store.params().level, scratch));
    builder.clear();
}

void StoreWriter::Impl::append(EncodedFrame frame) {
    if (frame.entries.empty()) {
        throw Error(ErrorKind::failure, "cannot store a frame without objects");
    }
    try {
        const ObjectKind kind = frame.entries.front().kind;
        const std::uint64_t length = frame.header.size() + frame.payload.size();
        PackWriter& packs = is_content(kind) ? content : metadata;
        if (kind == ObjectKind::tree) {
            const auto placed = packs.append(frame.header, frame.payload, frame.entries);
            nodes.placed(packs.path_of(placed.pack), placed.frame_offset, length, frame.entries);
        } else {
            packs.append(frame.header, frame.payload, std::move(frame.entries));
        }
        stored_bytes += length;
    } catch (...) {
        failed = true;
        throw;
    }
}

void StoreWriter::Impl::flush_all() {
    for (Stripe& stripe : stripes) {
        for (auto& open : stripe.open) {
            std::unique_ptr<FrameBuilder> builder;
            {
                std::lock_guard lock(stripe.mutex);
                builder = std::move(open);
            }
            if (builder) {
                flush_builder(*builder);
            }
        }
    }
}

void StoreWriter::Impl::add_sealed(std::shared_ptr<SealedPack> file) {
    syncer.add(file);
    std::lock_guard lock(sealed_mutex);
    sealed.push_back(std::move(file));
}

void StoreWriter::Impl::on_sealed(std::shared_ptr<SealedPack> pack, const std::vector<FooterEntry>& entries) {
    if (pack->target.empty()) {
        pack->target = store.impl_->packs.pack_path(pack->name);
    }
    syncer.add(pack);
    std::lock_guard lock(sealed_mutex);
    const auto number = static_cast<std::uint32_t>(run_packs.size());
    run_packs.push_back(pack->name);
    sealed.push_back(std::move(pack));
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        records.push_back({entries[i].hash.prefix64(), number, i});
    }
    if (records.size() >= max_records) {
        write_run();
    }
}

void StoreWriter::Impl::write_run() {
    std::string path = fmt::format("{}/run-{}.idx", dir.path(), runs.size());
    write_index_segment(path, run_packs, records);
    runs.push_back(std::move(path));
    run_packs.clear();
    records.clear();
}

void StoreWriter::Impl::commit() {
    if (failed) {
        throw Error(ErrorKind::failure, "cannot complete the session: something could not be written");
    }
    ObjectStore::Impl& inside = *store.impl_;
    flush_all();
    content.finish();
    metadata.finish();
    {
        std::lock_guard lock(sealed_mutex);
        if (!records.empty()) {
            write_run(); // while the last packs go to the disk
        }
    }
    syncer.wait();
    if (sealed.empty()) {
        return;
    }
    failed = true; // until all is done: a half-done commit is not tried again
    for (const auto& file : sealed) {
        if (!file->target.empty()) {
            rename_file(file->path, file->target, Durability::volatile_);
        }
    }
    sync_dir(inside.packs_dir());
    if (holds > 0) {
        sync_dir(inside.held_dir());
        inside.forget_references();
    }
    for (const std::string& run : runs) {
        rename_file(run, inside.next_segment_path(), Durability::volatile_);
    }
    sync_dir(inside.index_dir());
    inside.refresh();
    sealed.clear();
    runs.clear();
    records.shrink_to_fit();
    nodes.clear(); // the store has them now
    failed = false;
    inside.merge_if_many(dir.path());
}

StoreWriter::StoreWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreWriter::~StoreWriter() = default;

std::unique_ptr<StoreWriter> ObjectStore::writer() {
    SessionDir::remove_stale(impl_->tmp_dir());
    return std::unique_ptr<StoreWriter>(new StoreWriter(std::make_unique<StoreWriter::Impl>(*this)));
}

bool StoreWriter::has(ObjectKind kind, const Sha256& hash) {
    return impl_->keys.contains(kind, hash) || impl_->store.has(kind, hash);
}

bool StoreWriter::claim(ObjectKind kind, const Sha256& hash) {
    return !impl_->store.has(kind, hash) && impl_->keys.insert(kind, hash);
}

bool StoreWriter::put(ObjectKind kind, const Sha256& hash, ByteView bytes) {
    if (!claim(kind, hash)) {
        return false;
    }
    impl_->add(kind, hash, bytes);
    return true;
}

void StoreWriter::put_copy(ObjectKind kind, const Sha256& hash, ByteView bytes) {
    impl_->keys.insert(kind, hash);
    impl_->add(kind, hash, bytes);
}

void StoreWriter::put_frame(ByteView frame, std::vector<FooterEntry> entries) {
    for (const FooterEntry& e : entries) {
        impl_->keys.insert(e.kind, e.hash);
    }
    impl_->new_objects += entries.size();
    impl_->append({{}, frame, std::move(entries)});
}

void StoreWriter::put_frame(EncodedFrame frame) {
    impl_->new_objects += frame.entries.size();
    impl_->append(std::move(frame));
}

std::shared_ptr<const ByteString> StoreWriter::find_pending_node(const Sha256& id) {
    return impl_->nodes.find(id);
}

void StoreWriter::commit() {
    impl_->commit();
}

std::uint64_t StoreWriter::new_objects() const noexcept {
    return impl_->new_objects;
}
std::uint64_t StoreWriter::stored_bytes() const noexcept {
    return impl_->stored_bytes;
}

std::shared_ptr<const ByteString> SessionNodes::load_node(const Sha256& id) {
    if (auto node = writer_.find_pending_node(id)) {
        return node;
    }
    return store_.load_node(id);
}

} // namespace ds
