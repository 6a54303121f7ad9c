#include "store/index_segment.hpp"

#include "codec/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

namespace ds {

namespace {

constexpr std::string_view magic{"DSINDX\x01\n", 8};
constexpr std::size_t header_bytes = 32;
constexpr std::size_t record_bytes = 16;
constexpr std::size_t flush_bytes = 1u << 20;

ByteString make_header(const std::vector<Sha256>& packs, std::uint32_t records_crc, std::uint64_t count) {
    ByteString names;
    for (const auto& pack : packs) {
        names.append(pack.view());
    }
    ByteString header;
    ByteWriter out(header);
    out.bytes(magic);
    out.u32(static_cast<std::uint32_t>(packs.size()));
    out.u32(records_crc);
    out.u64(count);
    out.u32(crc32c(names, crc32c(header)));
    out.u32(0);
    return header;
}

} // namespace

IndexSegment::IndexSegment(MappedFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    const auto bytes = file_.view();
    const auto damaged = [&] { return CorruptObject(fmt::format("index '{}' is damaged", path_), "dsctl fsck --repair"); };
    if (bytes.size() < header_bytes || !bytes.starts_with(magic)) {
        throw damaged();
    }
    const std::uint64_t packs = load_u32(bytes.data() + 8);
    count_ = load_u64(bytes.data() + 16);
    const std::uint64_t names_end = header_bytes + packs * 32;
    if (names_end > bytes.size() || count_ > (bytes.size() - names_end) / record_bytes ||
        names_end + count_ * record_bytes != bytes.size() ||
        load_u32(bytes.data() + 24) !=
            crc32c(bytes.substr(header_bytes, packs * 32), crc32c(bytes.substr(0, 24)))) {
        throw damaged();
    }
    packs_.reserve(packs);
    for (std::uint64_t i = 0; i < packs; ++i) {
        packs_.push_back(Sha256::from_bytes(bytes.substr(header_bytes + i * 32, 32)));
    }
    records_ = bytes.data() + names_end;
    file_.advise(MappedFile::Access::random);
}

std::shared_ptr<const IndexSegment> IndexSegment::open(const std::string& path) {
    return std::shared_ptr<const IndexSegment>(new IndexSegment(MappedFile::open(path), path));
}

const Sha256& IndexSegment::pack(std::uint32_t number) const {
    if (number >= packs_.size()) {
        throw CorruptObject(fmt::format("index '{}' is damaged", path_), "dsctl fsck --repair");
    }
    return packs_[number];
}

IndexRecord IndexSegment::record(std::uint64_t number) const noexcept {
    const char* at = records_ + number * record_bytes;
    return {load_u64(at), load_u32(at + 8), load_u32(at + 12)};
}

std::uint64_t IndexSegment::lower_bound(std::uint64_t prefix) const noexcept {
    // Hashes are uniform, so interpolation lands within a few records; binary search ends it.
    std::uint64_t low = 0;
    std::uint64_t high = count_;
    if (count_ > 64) {
        const auto guess = static_cast<std::uint64_t>((static_cast<unsigned __int128>(prefix) * count_) >> 64);
        std::uint64_t step = 16;
        std::uint64_t from = guess;
        while (from > 0 && load_u64(records_ + from * record_bytes) >= prefix) {
            from = from > step ? from - step : 0;
            step *= 4;
        }
        low = from;
        step = 16;
        std::uint64_t to = guess;
        while (to < count_ && load_u64(records_ + to * record_bytes) < prefix) {
            to = std::min(count_, to + step);
            step *= 4;
        }
        high = to;
    }
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (load_u64(records_ + middle * record_bytes) < prefix) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::pair<std::uint64_t, std::uint64_t> IndexSegment::find(std::uint64_t prefix) const noexcept {
    const auto first = lower_bound(prefix);
    auto last = first;
    while (last < count_ && load_u64(records_ + last * record_bytes) == prefix) {
        ++last;
    }
    return {first, last};
}

bool IndexSegment::records_sound() const noexcept {
    return crc32c({records_, count_ * record_bytes}) == load_u32(file_.view().data() + 12);
}

namespace {

/// Takes records in rising prefix order.
class SegmentWriter {
  public:
    SegmentWriter(const std::string& path, const std::vector<Sha256>& packs) : file_(path, 0644), packs_(packs) {
        buffer_ = make_header(packs_, 0, 0);
        for (const auto& pack : packs_) {
            buffer_.append(pack.view());
        }
        file_.write(buffer_);
        buffer_.clear();
    }
    void add(const IndexRecord& record) {
        ByteWriter out(buffer_);
        out.u64(record.prefix);
        out.u32(record.pack);
        out.u32(record.entry);
        ++count_;
        if (buffer_.size() >= flush_bytes) {
            flush();
        }
    }
    void commit() {
        flush();
        pwrite_full(file_.fd(), make_header(packs_, crc_, count_), 0, file_.temporary_path());
        file_.commit();
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  private:
    void flush() {
        crc_ = crc32c(buffer_, crc_);
        file_.write(buffer_);
        buffer_.clear();
    }
    AtomicFile file_;
    const std::vector<Sha256>& packs_;
    ByteString buffer_;
    std::uint64_t count_ = 0;
    std::uint32_t crc_ = 0;
};

} // namespace

void write_index_segment(const std::string& path, const std::vector<Sha256>& packs, std::vector<IndexRecord>& records) {
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
    SegmentWriter writer(path, packs);
    for (const auto& record : records) {
        writer.add(record);
    }
    writer.commit();
}

std::uint64_t merge_index_segments(const std::string& path,
                                   const std::vector<std::shared_ptr<const IndexSegment>>& segments,
                                   const std::function<bool(const Sha256&)>& keep) {
    constexpr std::uint32_t dropped = ~0u;
    std::vector<Sha256> packs;
    std::unordered_map<Sha256, std::uint32_t> numbers;
    std::vector<std::vector<std::uint32_t>> renumbered(segments.size());
    for (std::size_t s = 0; s < segments.size(); ++s) {
        for (std::uint32_t p = 0; p < segments[s]->pack_count(); ++p) {
            const auto& name = segments[s]->pack(p);
            if (keep && !keep(name)) {
                renumbered[s].push_back(dropped);
                continue;
            }
            const auto [it, fresh] = numbers.emplace(name, static_cast<std::uint32_t>(packs.size()));
            if (fresh) {
                packs.push_back(name);
            }
            renumbered[s].push_back(it->second);
        }
    }
    struct Head {
        IndexRecord record;
        std::size_t segment;
        std::uint64_t next;
    };
    const auto later = [](const Head& a, const Head& b) { return a.record.prefix > b.record.prefix; };
    std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
    const auto advance = [&](std::size_t segment, std::uint64_t next) {
        if (next < segments[segment]->records()) {
            heads.push({segments[segment]->record(next), segment, next + 1});
        }
    };
    for (std::size_t s = 0; s < segments.size(); ++s) {
        advance(s, 0);
    }
    SegmentWriter writer(path, packs);
    while (!heads.empty()) {
        const auto head = heads.top();
        heads.pop();
        const auto& mapping = renumbered[head.segment];
        if (head.record.pack < mapping.size() && mapping[head.record.pack] != dropped) {
            writer.add({head.record.prefix, mapping[head.record.pack], head.record.entry});
        }
        advance(head.segment, head.next);
    }
    if (writer.count() > 0) {
        writer.commit();
    }
    return writer.count();
}

} // namespace ds
