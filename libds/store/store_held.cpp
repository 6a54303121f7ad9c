// Files that the store holds as they are: what lies in the work tree, taking it over, clearing away.
//
// A referenced file that dsctl is about to overwrite or remove gets a second link in the store, and the held
// file is rewritten to name that: no byte is copied, and at every moment one of the two can be read. Where
// there can be no link (another file system, other links that somebody may write to), what is still there is
// copied into packs.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "os/file.hpp"
#include "store/held_file.hpp"
#include "store/store_impl.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>
#include <set>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::string_view data_suffix = ".data";

/// Copies the objects of a held file that can still be read.
/// @param wanted which of them
void copy_readable(const PackFile& held, StoreWriter& writer,
                   const std::function<bool(const FooterEntry&)>& wanted) {
    for (std::uint32_t i = 0; held.held() != nullptr && i < held.count(); ++i) {
        try {
            const FooterEntry e = held.entry(i);
            if (!wanted(e)) {
                continue;
            }
            const ByteString bytes = held.read_held_object(i);
            if (object_holds(e.kind, e.hash, bytes)) {
                writer.put_copy(e.kind, e.hash, bytes);
            }
        } catch (const CorruptObject&) {
            continue; // perhaps the next
        }
    }
}

} // namespace

std::vector<Sha256> ObjectStore::Impl::all_packs() const {
    std::vector<Sha256> names = list_packs(packs_dir());
    const std::vector<Sha256> held = list_packs(held_dir(), ".held");
    names.insert(names.end(), held.begin(), held.end());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::pair<std::string, std::uint64_t>> ObjectStore::Impl::held_data() const {
    std::vector<std::pair<std::string, std::uint64_t>> out;
    if (!path_exists(held_dir())) {
        return out;
    }
    for (const std::string& file : list_dir(held_dir())) {
        if (file.ends_with(data_suffix)) {
            const auto st = try_lstat(held_dir() + "/" + file);
            out.emplace_back(file.substr(0, file.size() - data_suffix.size()),
                             st ? static_cast<std::uint64_t>(st->st_size) : 0);
        }
    }
    return out;
}

std::shared_ptr<const std::vector<HeldReference>> ObjectStore::Impl::references() {
    {
        std::lock_guard lock(mutex_);
        if (references_) {
            return references_;
        }
    }
    auto found = std::make_shared<std::vector<HeldReference>>();
    for (const Sha256& name : list_packs(held_dir(), ".held")) {
        try {
            const auto held = PackFile::open(packs.held_path(name), name, packs.places());
            if (held && held->held() != nullptr &&
                held->held()->source().kind == HeldSource::Kind::reference) {
                std::uint64_t bytes = 0;
                for (std::uint32_t i = 0; i < held->count(); ++i) {
                    bytes += held->entry(i).length;
                }
                found->push_back({name, held->held()->source(), bytes});
            }
        } catch (const CorruptObject&) {
            continue; // fsck's to report
        }
    }
    std::stable_sort(found->begin(), found->end(),
                     [](const auto& a, const auto& b) { return a.source.name < b.source.name; });
    std::lock_guard lock(mutex_);
    references_ = found;
    return references_;
}

void ObjectStore::Impl::forget_references() {
    std::lock_guard lock(mutex_);
    references_.reset();
}

void ObjectStore::Impl::replace_source(const Sha256& name, const HeldSource& source) {
    const std::string file_path = packs.held_path(name);
    const ByteString old = read_file(file_path);
    const std::string what = "held file " + name.short_hex();
    const FooterPlace footer = find_footer(old, what, held_magic);
    const HeldHead head = parse_held_head(old, footer.start, what);
    AtomicFile file(file_path);
    file.write(serialise_held_head(
        source, ByteView(old).substr(held_head_bytes, head.stubs_end() - held_head_bytes)));
    file.write(ByteView(old).substr(footer.start));
    file.commit();
}

bool ObjectStore::Impl::owns(ObjectKind kind, const Sha256& hash) {
    Trouble trouble;
    return visit_places(
        kind, hash,
        [](const ObjectPlace& place) {
            const HeldBytes* held = place.pack->held();
            return held == nullptr || held->source().kind == HeldSource::Kind::data;
        },
        trouble, Doubtful::leave_out);
}

std::optional<std::string> ObjectStore::Impl::take_over(ObjectStore& store,
                                                        const std::vector<HeldReference>& held) {
    const HeldSource source = held.front().source;
    const HeldBytes bytes(source, packs.places());
    std::string data = random_hex(16);
    if (bytes.looks_same() && bytes.link_to(held_dir() + "/" + data + std::string(data_suffix))) {
        sync_dir(held_dir());
        HeldSource moved = source;
        moved.kind = HeldSource::Kind::data;
        moved.name = data;
        for (const HeldReference& one : held) {
            replace_source(one.name, moved);
        }
    } else {
        data.clear();
        const auto session = store.writer();
        for (const HeldReference& one : held) {
            if (const auto pack = packs.open_fresh(one.name)) {
                copy_readable(*pack, *session, [&](const FooterEntry& e) { return !owns(e.kind, e.hash); });
            }
        }
        if (session->new_objects() > 0) {
            session->commit();
        }
    }
    forget_references();
    forget_cached();
    return data.empty() ? std::nullopt : std::optional(data);
}

std::vector<ReferencedFile> ObjectStore::referenced_files() {
    std::vector<ReferencedFile> out;
    HeldSource last;
    for (const HeldReference& held : *impl_->references()) {
        if (out.empty() || !(held.source == last)) {
            last = held.source;
            out.push_back({last.name, 0, HeldBytes(last, impl_->packs.places()).looks_same()});
        }
        out.back().bytes += held.bytes;
    }
    return out;
}

namespace {

/// Held files in groups of one source each; those first that can be linked, so that what they hold need not be
/// copied from others.
std::vector<std::vector<HeldReference>> by_source(const std::vector<HeldReference>& all,
                                                  const HeldPlaces& places,
                                                  const std::function<bool(std::string_view)>& wanted) {
    std::vector<std::vector<HeldReference>> groups;
    for (const HeldReference& held : all) {
        if (!wanted(held.source.name)) {
            continue;
        }
        if (groups.empty() || !(groups.back().front().source == held.source)) {
            groups.emplace_back();
        }
        groups.back().push_back(held);
    }
    std::stable_partition(groups.begin(), groups.end(), [&](const auto& group) {
        return HeldBytes(group.front().source, places).looks_same();
    });
    return groups;
}

} // namespace

void ObjectStore::adopt(std::string_view path) {
    if (impl_->references()->empty()) {
        return; // nearly always
    }
    const std::lock_guard lock(impl_->adopting);
    const auto all = impl_->references();
    for (const auto& group : by_source(*all, impl_->packs.places(), [&](std::string_view name) {
             return is_within(name, path) || is_within(path, name);
         })) {
        static_cast<void>(impl_->take_over(*this, group));
    }
}

void ObjectStore::rename_references(const std::string& from, const std::string& to,
                                    const std::function<void()>& rename) {
    std::vector<std::pair<std::string, std::vector<HeldReference>>> taken;
    const auto all = impl_->references();
    for (auto& group : by_source(*all, impl_->packs.places(),
                                 [&](std::string_view name) { return is_within(name, from); })) {
        if (auto data = impl_->take_over(*this, group)) {
            taken.emplace_back(std::move(*data), std::move(group));
        }
    }
    rename();
    for (const auto& [data, group] : taken) {
        HeldSource source = group.front().source;
        const std::string path = impl_->held_dir() + "/" + data + std::string(data_suffix);
        source.name = to + source.name.substr(from.size());
        const FileStat moved = lstat_path(impl_->options.worktree + "/" + source.name);
        if (moved.inode != lstat_path(path).inode) {
            continue; // somebody else was faster; the store keeps its own
        }
        // The last link to go changes the ctime once more. In between the hashes decide.
        for (const bool last : {false, true}) {
            source.stat = lstat_path(impl_->options.worktree + "/" + source.name);
            for (const HeldReference& held : group) {
                impl_->replace_source(held.name, source);
            }
            if (!last) {
                remove_file(path);
            }
        }
        impl_->forget_references();
        impl_->forget_cached();
    }
}

std::uint64_t ObjectStore::Impl::sweep_held_data(const std::function<bool(const Sha256&)>& gone,
                                                 DryRun dry_run) {
    const auto all = held_data();
    if (all.empty()) {
        return 0;
    }
    std::set<std::string> named;
    for (const Sha256& name : list_packs(held_dir(), ".held")) {
        if (gone(name)) {
            continue;
        }
        try {
            if (const auto held = PackFile::open(packs.held_path(name), name, packs.places());
                held && held->held() != nullptr) {
                named.insert(held->held()->source().name);
            }
        } catch (const CorruptObject&) {
            return 0; // what it names is not known: fsck comes first
        }
    }
    std::uint64_t freed = 0;
    for (const auto& [name, size] : all) {
        if (!named.contains(name)) {
            freed += size;
            if (dry_run == DryRun::no) {
                remove_file(held_dir() + "/" + name + std::string(data_suffix));
            }
        }
    }
    return freed;
}

void ObjectStore::Impl::salvage_held(const Sha256& name, StoreWriter& writer) {
    try {
        if (const auto held = PackFile::open(packs.held_path(name), name, packs.places())) {
            copy_readable(*held, writer, [](const FooterEntry&) { return true; });
        }
    } catch (const CorruptObject&) {
        return; // not even its head can be read
    }
}

} // namespace ds
