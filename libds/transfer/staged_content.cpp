// Chunks are placed in the order in which their packs fill, and spooled in the order of their file.
#include "transfer/staged_content.hpp"

#include "os/file.hpp"
#include "transfer/version_nodes.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t chunk_bytes = 52;
constexpr std::size_t end_bytes = 48;
constexpr std::size_t spool_buffer = 256u << 10;
/// Smaller files share no chunks with what stood there before.
constexpr std::uint64_t worth_comparing = 32u << 10;
/// What is held back until it is asked for: so much that it hardly ever has no chunk that samples list (512 of average size,
/// one in 32 of which they do).
constexpr std::size_t held_bytes = 16u << 20;
constexpr std::size_t held_chunks = 1u << 14;

} // namespace

StagedLost::StagedLost(const std::string& registry)
    : Error(ErrorKind::retry,
            fmt::format("what was sent to registry '{}', or was there, has been collected there meanwhile",
                        registry),
            "run the same command again") {}

StagedContent::StagedContent(Registry& target, std::string ns, const std::string& dir, int level,
                             Context& context, std::size_t pack_bytes)
    : target_(target), ns_(std::move(ns)), dir_(dir), context_(context),
      uploads_(target, ns_, pack_bytes, book_, context,
               [this](const AckedPack& pack) {
                   ++totals_.packs;
                   totals_.bytes += pack.size;
                   journal_->add(pack);
                   samples_->add(pack);
                   if (sound_in_.size() <= pack.number) {
                       sound_in_.resize(pack.number + 1);
                   }
                   sound_in_[pack.number] = round_;
                   if (guard_.acknowledged) {
                       guard_.acknowledged(pack.ref);
                   }
               }),
      chunks_(uploads_, 1, level), spool_path_(dir + "/spool") {
    remove_file(spool_path_);
    spool_ = open_file(spool_path_, O_RDWR | O_CREAT | O_EXCL);
}

StagedContent::~StagedContent() {
    try {
        remove_file(spool_path_);
    } catch (const Error&) { // the next one removes it
    }
}

void StagedContent::begin_round(Guard guard) {
    guard_ = std::move(guard);
    ++round_;
    if (!journal_) {
        journal_.emplace(dir_, target_, ns_, book_, std::vector<Sha256>{},
                         [this](const PackRef& pack) { return guard_.condemned && guard_.condemned(pack); });
    }
    if (!samples_) {
        SampleUse use{target_, ns_, {}};
        if (guard_.condemned) {
            use.condemned = [this](const PackRef& pack) { return guard_.condemned(pack); };
        }
        samples_.emplace(std::move(use), context_);
    }
}

void StagedContent::begin_file(std::string_view path, std::uint64_t size) {
    path_ = path;
    file_chunks_ = 0;
    older_.reset();
    if (base_ == nullptr || size < worth_comparing) {
        return;
    }
    VersionNodes& nodes = base_->nodes();
    auto at = nodes.find(path);
    if (at && !at->leaf->layout.files[at->index].chunks.empty()) {
        older_.emplace(BaseFile{std::move(at->leaf), at->index, &nodes});
    }
}

void StagedContent::add_chunk(const Sha256& hash, ByteView bytes) {
    Waiting& next = waiting_.emplace_back();
    ChunkSlot& slot = next.slot;
    slot.hash = hash;
    slot.length = static_cast<std::uint32_t>(bytes.size());
    const auto index = file_chunks_++;
    if (chunks_.join(slot, path_)) {
        totals_.reused += bytes.size();
    } else if (const auto near = older_ ? older_->find(hash, index) : std::nullopt;
               near && near->chunk.at.length == slot.length) {
        const Extent& at = near->chunk.at;
        place(slot, {book_.intern(near->pack), at.frame_offset, at.frame_length, at.inner_offset});
    } else if (const auto sent = journal_->find(hash, slot.length)) {
        place(slot, *sent);
    } else {
        hold(slot, bytes);
    }
    write_placed();
}

void StagedContent::place(ChunkSlot& slot, const PackedAt& at) {
    slot.at = at;
    slot.placed = true;
    totals_.reused += slot.length;
    if (sound_in_.size() <= at.pack) {
        sound_in_.resize(at.pack + 1);
    }
    sound_in_[at.pack] = round_;
}

void StagedContent::hold(ChunkSlot& slot, ByteView bytes) {
    if (held_bytes_.size() + bytes.size() > held_bytes || held_.size() == held_chunks) {
        send_held();
    }
    held_.push_back({&slot, held_bytes_.size()});
    held_bytes_.append(bytes);
}

void StagedContent::send_held() {
    samples_->expect(held_bytes_.size());
    if (samples_->active()) {
        std::vector<Sha256> hashes;
        hashes.reserve(held_.size());
        for (const Held& held : held_) {
            hashes.push_back(held.slot->hash);
        }
        samples_->look_ahead(hashes);
    }
    for (const Held& held : held_) {
        ChunkSlot& slot = *held.slot;
        if (const auto there = samples_->find(slot.hash, slot.length)) {
            const Extent& at = there->at;
            place(slot, {book_.intern(*there->pack), at.frame_offset, at.frame_length, at.inner_offset});
        } else if (chunks_.join(slot, path_)) { // its twin was held before it
            totals_.reused += slot.length;
        } else {
            chunks_.send_bytes(ByteView(held_bytes_).substr(held.offset, slot.length), slot);
            ++totals_.chunks;
        }
    }
    held_.clear();
    held_bytes_.clear();
}

void StagedContent::end_file(const Sha256& hash, std::uint64_t size) {
    Waiting& end = waiting_.emplace_back();
    end.is_end = true;
    end.file_hash = hash;
    end.size = size;
    write_placed();
}

void StagedContent::abandon_file() {
    // A file that nobody will ask for.
    end_file(Sha256{}, UINT64_MAX);
}

void StagedContent::write_placed() {
    while (!waiting_.empty() && (waiting_.front().is_end || waiting_.front().slot.placed)) {
        const Waiting& next = waiting_.front();
        ByteString record;
        ByteWriter out(record);
        if (next.is_end) {
            known_.push_back({next.file_hash.prefix64(), spool_size_});
            sorted_ = false;
            out.bytes(next.file_hash.view());
            out.u64(next.size);
            out.u64(written_chunks_);
            written_chunks_ = 0;
        } else {
            out.bytes(next.slot.hash.view());
            out.u32(next.slot.length);
            out.u32(next.slot.at.pack);
            out.u32(next.slot.at.frame_offset);
            out.u32(next.slot.at.frame_length);
            out.u32(next.slot.at.inner_offset);
            ++written_chunks_;
        }
        spool(record);
        waiting_.pop_front();
    }
}

void StagedContent::spool(ByteView bytes) {
    spool_buffer_.append(bytes);
    spool_size_ += bytes.size();
    if (spool_buffer_.size() >= spool_buffer) {
        flush_spool();
    }
}

void StagedContent::flush_spool() {
    if (!spool_buffer_.empty()) {
        pwrite_full(spool_.get(), spool_buffer_, spool_size_ - spool_buffer_.size(), spool_path_);
        spool_buffer_.clear();
    }
}

void StagedContent::finish() {
    send_held();
    chunks_.finish();
    uploads_.drain();
    journal_->each_found([this](const AckedPack& pack) { samples_->add(pack); });
    samples_->finish();
    write_placed();
    flush_spool();
    older_.reset();
    base_ = nullptr;
    std::stable_sort(known_.begin(), known_.end(),
                     [](const Known& a, const Known& b) { return a.prefix < b.prefix; });
    sorted_ = true;
}

const PackRef& StagedContent::pack_of(PackNumber number) {
    const PackRef& pack = book_.ref(number);
    if (sound_in_.at(number) != round_) {
        if ((guard_.condemned && guard_.condemned(pack)) || !target_.pack_size(ns_, pack)) {
            throw StagedLost(target_.alias());
        }
        sound_in_[number] = round_;
    }
    return pack;
}

bool StagedContent::visit(const Entry& entry, const std::function<void(const StagedChunk&)>& visit) {
    if (!sorted_) {
        throw Error(ErrorKind::failure, "staged content is asked for before it was sent");
    }
    const auto prefix = entry.hash.prefix64();
    auto at = std::lower_bound(known_.begin(), known_.end(), prefix,
                               [](const Known& known, std::uint64_t key) { return known.prefix < key; });
    for (; at != known_.end() && at->prefix == prefix; ++at) {
        char end[end_bytes];
        if (pread_full(spool_.get(), end, sizeof end, at->end_at, spool_path_) != sizeof end) {
            throw Error(ErrorKind::failure, "the list of what was sent is cut short");
        }
        ByteReader in(ByteView(end, sizeof end), "spool");
        const auto hash = read_sha256(in);
        const auto size = in.u64();
        const auto count = in.u64();
        if (hash != entry.hash || size != entry.size) {
            continue;
        }
        constexpr std::uint64_t at_once = 1024;
        ByteString block;
        for (std::uint64_t done = 0; done < count;) {
            const auto some = std::min(at_once, count - done);
            block.resize(some * chunk_bytes);
            const auto from = at->end_at - (count - done) * chunk_bytes;
            if (pread_full(spool_.get(), block.data(), block.size(), from, spool_path_) != block.size()) {
                throw Error(ErrorKind::failure, "the list of what was sent is cut short");
            }
            ByteReader chunks(block, "spool");
            for (std::uint64_t i = 0; i < some; ++i) {
                StagedChunk chunk;
                chunk.hash = read_sha256(chunks);
                chunk.length = chunks.u32();
                const auto number = chunks.u32();
                chunk.pack = pack_of(number);
                chunk.at.frame_offset = chunks.u32();
                chunk.at.frame_length = chunks.u32();
                chunk.at.inner_offset = chunks.u32();
                visit(chunk);
            }
            done += some;
        }
        return true;
    }
    return false;
}

void StagedContent::forget() {
    journal_.reset();
    forget_push(target_, ns_, dir_);
}

} // namespace ds
