// Opening a store and finding objects in it.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "os/file.hpp"
#include "store/store_format.hpp"
#include "store/store_impl.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace ds {

namespace {

std::string_view kind_word(ObjectKind kind) noexcept {
    switch (kind) {
    case ObjectKind::chunk:
        return "chunk";
    case ObjectKind::recipe:
    case ObjectKind::recipe_part:
        return "recipe";
    case ObjectKind::tree:
        return "tree node";
    default:
        return "object";
    }
}

constexpr std::array store_folders = {"/packs", "/index", "/tmp"};

} // namespace

void ObjectStore::create(const std::string& path, const StoreParams& params) {
    check_store_params(params);
    make_dirs(path, 0700);
    for (const char* const sub : store_folders) {
        make_dirs(path + sub, 0700);
    }
    write_file_atomic(path + "/format", store_format_text(params)); // last: a store without it is none
}

std::unique_ptr<ObjectStore> ObjectStore::open(const std::string& path, StoreOptions options) {
    const std::string format = path + "/format";
    const auto text = try_read_file(format, 4096);
    if (!text) {
        throw CorruptObject(fmt::format("'{}' is missing", printable(format)), "dsctl fsck --repair");
    }
    const auto params = parse_store_format(*text, fmt::format("'{}'", printable(format)));
    for (const char* const sub : store_folders) {
        if (!path_exists(path + sub)) { // lost: what was in it is missing, which has a way out
            make_dirs(path + sub, 0700);
        }
    }
    auto impl = std::make_unique<Impl>(path, params, std::move(options));
    impl->refresh();
    return std::unique_ptr<ObjectStore>(new ObjectStore(std::move(impl)));
}

ObjectStore::ObjectStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ObjectStore::~ObjectStore() = default;

const StoreParams& ObjectStore::params() const noexcept {
    return impl_->params;
}
const std::string& ObjectStore::path() const noexcept {
    return impl_->path;
}

void ObjectStore::refresh() {
    impl_->refresh();
}

std::shared_ptr<const Segments> ObjectStore::Impl::segments() const {
    std::lock_guard lock(mutex_);
    return segments_;
}

bool ObjectStore::Impl::refresh() {
    const std::shared_ptr<const Segments> before = segments();
    const std::string dir = index_dir();
    std::vector<std::string> names = list_dir(dir);
    // Whoever merges makes the new segment before the old ones go, but a listing is no snapshot: what was
    // seen counts only when a second listing says the same.
    for (int attempt = 0;; ++attempt) {
        auto now = std::make_shared<Segments>();
        bool vanished = false;
        for (const std::string& name : names) {
            if (!name.ends_with(".idx")) {
                continue;
            }
            const std::string file = dir + "/" + name;
            const auto known = std::find_if(before->good.begin(), before->good.end(),
                                            [&](const auto& s) { return s->path() == file; });
            if (known != before->good.end()) {
                now->good.push_back(*known);
                continue;
            }
            try {
                now->good.push_back(IndexSegment::open(file));
            } catch (const CorruptObject&) {
                now->damaged.emplace_back(file, std::current_exception());
            } catch (const Error& e) {
                if (e.kind() != ErrorKind::not_found) {
                    throw;
                }
                vanished = true;
            }
        }
        // Large ones first: they are likeliest to know an object.
        std::stable_sort(now->good.begin(), now->good.end(),
                         [](const auto& a, const auto& b) { return a->records() > b->records(); });
        if (now->good == before->good && now->damaged.size() == before->damaged.size() && !vanished) {
            return false; // the usual case: one listing
        }
        std::vector<std::string> again = list_dir(dir);
        if ((!vanished && again == names) || attempt == 100) {
            std::lock_guard lock(mutex_);
            segments_ = std::move(now);
            return true;
        }
        names = std::move(again);
    }
}

void ObjectStore::Impl::forget_cached() {
    packs.clear();
    decoded.clear();
    stored.clear();
}

bool ObjectStore::Impl::visit_places(ObjectKind kind, const Sha256& hash,
                                     const std::function<bool(const ObjectPlace&)>& use, Trouble& trouble,
                                     Doubtful doubtful) {
    const std::shared_ptr<const Segments> all = segments();
    const std::uint64_t prefix = hash.prefix64();
    std::vector<ObjectPlace> doubtful_places;
    for (const auto& segment : all->good) {
        const auto [first, last] = segment->find(prefix);
        for (std::uint64_t i = first; i < last; ++i) {
            const IndexRecord r = segment->record(i);
            try {
                const auto pack = packs.open(segment->pack(r.pack));
                if (!pack) {
                    trouble.pack_missing = true;
                } else if (!pack->entry_is(r.entry, kind, hash)) {
                    continue;
                } else if (!pack->intact()) {
                    doubtful_places.push_back({pack, r.entry});
                } else if (use({pack, r.entry})) {
                    return true;
                }
            } catch (const CorruptObject&) {
                trouble.damage = std::current_exception(); // perhaps another copy is whole
            }
        }
    }
    if (doubtful == Doubtful::come_last) {
        for (const ObjectPlace& place : doubtful_places) {
            try {
                if (use(place)) {
                    return true;
                }
            } catch (const CorruptObject&) {
                trouble.damage = std::current_exception();
            }
        }
    }
    return false;
}

FrameKey ObjectStore::Impl::frame_key(const PackFile& pack, std::uint64_t offset) {
    std::lock_guard lock(mutex_);
    const auto number = static_cast<std::uint32_t>(pack_numbers_.size());
    return {pack_numbers_.try_emplace(pack.name(), number).first->second, static_cast<std::uint32_t>(offset)};
}

ObjectBytes ObjectStore::Impl::read_at(const ObjectPlace& place, Proof proof) {
    const PackFile& pack = *place.pack;
    const FooterEntry e = pack.entry(place.entry);
    const FrameKey key = frame_key(pack, e.frame_offset);
    ObjectBytes out;
    out.keep = decoded.get(key);
    if (!out.keep) {
        const FrameExtent extent = pack.frame_of(place.entry);
        out.keep = std::make_shared<const SharedBytes>(open_frame(pack.read_frame(extent), pack.what()).raw);
        if (extent.last - extent.first > 1) {
            decoded.put(key, out.keep, out.keep->view.size());
        }
    }
    const auto object = object_in(out.keep->view, e.inner_offset, e.length);
    if (!object) {
        throw CorruptObject(fmt::format("{} is damaged: an object lies outside of its frame", pack.what()),
                            "run 'dsctl fsck --repair'");
    }
    out.bytes = *object;
    if (proof == Proof::hash && !object_holds(e.kind, e.hash, out.bytes)) {
        throw CorruptObject(fmt::format("{} {} in {} is damaged: hash differs", kind_word(e.kind),
                                        e.hash.short_hex(), pack.what()),
                            "run 'dsctl fsck --repair'");
    }
    return out;
}

std::optional<ObjectBytes> ObjectStore::Impl::fetch(ObjectKind kind, const Sha256& hash, Proof proof) {
    for (int attempt = 0;; ++attempt) {
        std::optional<ObjectBytes> found;
        Trouble trouble;
        const auto use = [&](const ObjectPlace& place) {
            found = read_at(place, proof);
            return true;
        };
        if (visit_places(kind, hash, use, trouble)) {
            return found;
        }
        if (attempt == 0 && refresh()) {
            continue;
        }
        if (trouble.damage) {
            std::rethrow_exception(trouble.damage);
        }
        if (trouble.pack_missing) {
            throw CorruptObject(
                fmt::format("the pack that holds {} {} is missing", kind_word(kind), hash.short_hex()),
                "run 'dsctl fsck --repair'");
        }
        if (const auto all = segments(); !all->damaged.empty()) {
            std::rethrow_exception(all->damaged.front().second); // it may be there
        }
        return std::nullopt;
    }
}

ObjectBytes ObjectStore::Impl::fetch_needed(ObjectKind kind, const Sha256& hash, std::string_view needed_by,
                                            Proof proof) {
    if (auto found = fetch(kind, hash, proof)) {
        return std::move(*found);
    }
    throw CorruptObject(
        fmt::format("{} {} of '{}' is missing", kind_word(kind), hash.short_hex(), printable(needed_by)),
        "run 'dsctl fsck --repair'");
}

bool ObjectStore::has(ObjectKind kind, const Sha256& hash) {
    return impl_->holds(kind, hash);
}

bool ObjectStore::Impl::holds(ObjectKind kind, const Sha256& hash) {
    Trouble trouble;
    return visit_places(
        kind, hash, [](const ObjectPlace&) { return true; }, trouble, Doubtful::leave_out);
}

std::optional<ByteString> ObjectStore::read(ObjectKind kind, const Sha256& hash) {
    if (auto found = impl_->fetch(kind, hash)) {
        return ByteString(found->bytes);
    }
    return std::nullopt;
}

bool ObjectStore::has_content(const Entry& entry) {
    if (entry.kind == EntryKind::empty_dir || entry.size == 0 || has(ObjectKind::chunk, entry.hash)) {
        return true;
    }
    if (!has(ObjectKind::recipe, entry.hash)) {
        return false;
    }
    if (impl_->references()->empty()) {
        return true; // a recipe is stored after its chunks
    }
    bool whole = true;
    try {
        for_each_chunk(entry, [&](const Sha256& chunk, std::uint32_t) {
            whole = whole && has(ObjectKind::chunk, chunk);
        });
    } catch (const CorruptObject&) {
        whole = false;
    }
    return whole;
}

std::shared_ptr<const ByteString> ObjectStore::load_node(const Sha256& id) {
    if (auto node = impl_->nodes.get(id)) {
        return node;
    }
    const auto found = impl_->fetch(ObjectKind::tree, id);
    if (!found) {
        throw Error(ErrorKind::not_found, fmt::format("tree node {} is not in the store", id.short_hex()),
                    "run 'dsctl fsck'");
    }
    auto node = std::make_shared<const ByteString>(found->bytes);
    impl_->nodes.put(id, node, node->size());
    return node;
}

std::optional<ObjectStore::FrameView> ObjectStore::locate(ObjectKind kind, const Sha256& hash) {
    std::optional<FrameView> out;
    const auto use = [&](const ObjectPlace& place) {
        const FooterEntry e = place.pack->entry(place.entry);
        const FrameKey key = impl_->frame_key(*place.pack, e.frame_offset);
        auto frame = impl_->stored.get(key);
        if (!frame) {
            const FrameExtent extent = place.pack->frame_of(place.entry);
            auto fresh = std::make_shared<StoredFrame>();
            fresh->bytes = place.pack->read_frame(extent);
            for (std::uint32_t i = extent.first; i < extent.last; ++i) {
                fresh->objects.push_back(place.pack->entry(i));
            }
            frame = std::move(fresh);
            impl_->stored.put(key, frame, frame->bytes.view.size());
        }
        out = FrameView{frame, frame->bytes.view, e.inner_offset, e.length, key.id(), frame->objects};
        return true;
    };
    Impl::Trouble trouble;
    if (!impl_->visit_places(kind, hash, use, trouble) && impl_->refresh()) {
        impl_->visit_places(kind, hash, use, trouble);
    }
    return out;
}

StoreUsage ObjectStore::usage() {
    impl_->refresh();
    StoreUsage out;
    for (const Sha256& name : list_packs(impl_->packs_dir())) {
        if (const auto st = try_stat(impl_->packs.pack_path(name))) {
            ++out.packs;
            out.pack_bytes += static_cast<std::uint64_t>(st->st_size);
        }
    }
    for (const auto& [name, size] : impl_->held_data()) {
        out.held_bytes += size;
    }
    for (const HeldReference& reference : *impl_->references()) {
        out.referenced_bytes += reference.bytes;
    }
    for (const auto& segment : impl_->segments()->good) {
        out.index_bytes += segment->size_bytes();
        out.objects += segment->records();
    }
    return out;
}

std::string ObjectStore::Impl::next_segment_path() const {
    std::uint64_t last = 0;
    for (const std::string& name : list_dir(index_dir())) {
        std::uint64_t number = 0;
        for (const char c : std::string_view(name).substr(0, 16)) {
            number = c >= '0' && c <= '9' ? number * 10 + static_cast<std::uint64_t>(c - '0') : number;
        }
        last = std::max(last, number);
    }
    return fmt::format("{}/{:016}-{}.idx", index_dir(), last + 1, random_hex(4));
}

void ObjectStore::Impl::merge_if_many(const std::string& scratch_dir) {
    constexpr std::size_t many = 8;
    if (segments()->good.size() <= many) {
        return;
    }
    // One merger at a time; whoever comes second leaves it to the next commit.
    const auto lock = LockFile::acquire(path + "/merge.lock", LockFile::Mode::exclusive, 0);
    if (!lock) {
        return;
    }
    refresh();
    auto inputs = segments()->good;
    std::sort(inputs.begin(), inputs.end(),
              [](const auto& a, const auto& b) { return a->size_bytes() < b->size_bytes(); });
    // Size-tiered: the smaller half, and further ones as long as they are no larger than what is taken
    // already, so that a record is rewritten O(log n) times.
    std::size_t take = 0;
    std::uint64_t sum = 0;
    while (take < inputs.size() && (take < inputs.size() - many / 2 || inputs[take]->size_bytes() <= sum)) {
        sum += inputs[take]->size_bytes();
        ++take;
    }
    inputs.resize(take);
    try {
        const std::string merged = scratch_dir + "/merged.idx";
        remove_file(merged);
        if (merge_index_segments(merged, inputs, [](const Sha256&) { return true; }) > 0) {
            rename_file(merged, next_segment_path(), Durability::synced);
        }
        for (const auto& segment : inputs) {
            remove_file(segment->path());
        }
        sync_dir(index_dir());
    } catch (const CorruptObject&) {
        // The commit stands; a damaged segment is fsck's to report and to rebuild.
    }
    refresh();
}

} // namespace ds
