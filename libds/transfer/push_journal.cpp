// Reading the journal is strict and bounded; whatever looks wrong ends it there.
#include "transfer/push_journal.hpp"

#include "codec/hash.hpp"

#include <algorithm>
#include <fcntl.h>
#include <map>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::string_view journal_magic{"DSPUSH\x01\n", 8};
constexpr std::size_t record_head = 8;
constexpr std::size_t chunk_bytes = 48;
constexpr std::uint32_t max_body = 16u << 20;
/// 32 MiB of memory; what lies beyond is sent again.
constexpr std::size_t max_known = 1u << 21;
constexpr std::uint8_t pack_record = 1;
constexpr std::uint8_t complete_record = 2;

} // namespace

std::string PushJournal::file_name(Registry& target, const std::string& ns) {
    return "push-" + sha256(target.url() + "\n" + ns).short_hex();
}

PushJournal::PushJournal(const std::string& dir, Registry& target, std::string ns, PackBook& book,
                         const std::vector<Sha256>& base_roots, std::function<bool(const PackRef&)> condemned)
    : target_(target), ns_(std::move(ns)), book_(book), condemned_(std::move(condemned)) {
    if (dir.empty()) {
        return;
    }
    path_ = dir + "/" + file_name(target, ns_);
    lock_ = LockFile::acquire(path_, LockFile::Mode::exclusive, 0);
    if (!lock_) {
        return;
    }
    fd_ = open_file(path_, O_RDWR | O_CREAT);
    if (!load(base_roots)) {
        packs_.clear();
        known_.clear();
        end_ = 0;
    }
    if (::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0) {
        throw_errno("cannot truncate", path_);
    }
    if (end_ == 0) {
        pwrite_full(fd_.get(), journal_magic, 0, path_);
        end_ = journal_magic.size();
    }
    std::sort(known_.begin(), known_.end(),
              [](const Known& a, const Known& b) { return a.prefix < b.prefix; });
}

bool PushJournal::load(const std::vector<Sha256>& base_roots) {
    char head[record_head];
    if (pread_full(fd_.get(), head, sizeof head, 0, path_) != sizeof head ||
        ByteView(head, sizeof head) != journal_magic) {
        return false;
    }
    end_ = journal_magic.size();
    ByteString body;
    while (pread_full(fd_.get(), head, sizeof head, end_, path_) == sizeof head) {
        const std::uint32_t length = load_u32(head);
        if (length == 0 || length > max_body) {
            break;
        }
        body.resize(length);
        if (pread_full(fd_.get(), body.data(), length, end_ + record_head, path_) != length ||
            crc32c(body) != load_u32(head + 4)) {
            break;
        }
        try {
            ByteReader in(body, "push journal");
            const std::uint8_t type = in.u8();
            if (type == complete_record) {
                const Sha256 root = read_sha256(in);
                if (std::find(base_roots.begin(), base_roots.end(), root) != base_roots.end()) {
                    return false;
                }
            } else if (type == pack_record) {
                Pack pack;
                pack.ref.name = read_sha256(in);
                pack.ref.version_id = std::string(in.string(max_version_id_bytes, "version id"));
                pack.size = in.u64();
                const std::uint32_t count = in.u32();
                pack.objects = count;
                for (std::uint32_t i = 0; i < count; ++i) {
                    const std::uint64_t at = end_ + record_head + in.position();
                    const Sha256 hash = Sha256::from_bytes(in.bytes(chunk_bytes).substr(0, 32));
                    if (known_.size() < max_known) {
                        known_.push_back({hash.prefix64(), at, static_cast<std::uint32_t>(packs_.size())});
                    }
                }
                packs_.push_back(std::move(pack));
            }
        } catch (const CorruptObject&) {
            break;
        }
        end_ += record_head + length;
    }
    return true;
}

std::optional<PackedAt> PushJournal::find(const Sha256& hash, std::uint32_t length) {
    const auto less = [](const Known& known, std::uint64_t prefix) { return known.prefix < prefix; };
    auto at = std::lower_bound(known_.begin(), known_.end(), hash.prefix64(), less);
    for (; at != known_.end() && at->prefix == hash.prefix64(); ++at) {
        char chunk[chunk_bytes];
        if (pread_full(fd_.get(), chunk, sizeof chunk, at->at, path_) != sizeof chunk ||
            ByteView(chunk, 32) != hash.view() || load_u32(chunk + 44) != length) {
            continue;
        }
        Pack& pack = packs_[at->pack];
        if (pack.state == Pack::State::unchecked) {
            const bool there =
                !(condemned_ && condemned_(pack.ref)) && target_.pack_size(ns_, pack.ref) == pack.size;
            pack.state = there ? Pack::State::there : Pack::State::gone;
            if (there) {
                pack.number = book_.intern(pack.ref);
            }
        }
        if (pack.state == Pack::State::there) {
            return PackedAt{pack.number, load_u32(chunk + 32), load_u32(chunk + 36), load_u32(chunk + 40)};
        }
    }
    return std::nullopt;
}

void PushJournal::each_found(const std::function<void(const AckedPack&)>& visit) const {
    std::map<std::uint32_t, std::vector<std::uint64_t>> places;
    for (const Known& known : known_) {
        if (packs_[known.pack].state == Pack::State::there) {
            places[known.pack].push_back(known.at);
        }
    }
    for (const auto& [index, chunks] : places) {
        const Pack& pack = packs_[index];
        AckedPack found{pack.number, pack.ref, pack.size, {}};
        for (const std::uint64_t at : chunks) {
            char hash[32];
            if (pread_full(fd_.get(), hash, sizeof hash, at, path_) == sizeof hash) {
                FooterEntry& entry = found.entries.emplace_back();
                entry.hash = Sha256::from_bytes(ByteView(hash, sizeof hash));
            }
        }
        if (found.entries.size() == pack.objects) { // not so at the end of what is remembered
            visit(found);
        }
    }
}

void PushJournal::append(ByteView body) {
    if (!fd_) {
        return;
    }
    ByteString record;
    ByteWriter out(record);
    out.u32(static_cast<std::uint32_t>(body.size()));
    out.u32(crc32c(body));
    out.bytes(body);
    pwrite_full(fd_.get(), record, end_, path_);
    end_ += record.size();
}

void PushJournal::add(const AckedPack& pack) {
    if (!fd_ || pack.entries.empty()) {
        return;
    }
    ByteString body;
    ByteWriter out(body);
    out.u8(pack_record);
    out.bytes(pack.ref.name.view());
    out.string(pack.ref.version_id);
    out.u64(pack.size);
    out.u32(static_cast<std::uint32_t>(pack.entries.size()));
    const std::uint64_t frames_end = pack.size - footer_tail_bytes - pack.entries.size() * footer_entry_bytes;
    // Frames follow each other: one ends where the next begins.
    std::vector<std::uint32_t> starts;
    starts.reserve(pack.entries.size());
    for (const FooterEntry& entry : pack.entries) {
        starts.push_back(entry.frame_offset);
    }
    std::sort(starts.begin(), starts.end());
    starts.push_back(static_cast<std::uint32_t>(frames_end));
    for (const FooterEntry& entry : pack.entries) {
        const std::uint32_t next = *std::upper_bound(starts.begin(), starts.end() - 1, entry.frame_offset);
        out.bytes(entry.hash.view());
        out.u32(entry.frame_offset);
        out.u32(next - entry.frame_offset);
        out.u32(entry.inner_offset);
        out.u32(entry.length);
    }
    append(body);
}

void PushJournal::complete(const Sha256& root) {
    ByteString body;
    ByteWriter out(body);
    out.u8(complete_record);
    out.bytes(root.view());
    append(body);
}

} // namespace ds
