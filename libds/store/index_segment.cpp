// Opening and searching index segments.
#include "store/index_segment.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "store/index_layout.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

using namespace index_layout;

void index_layout::refuse(const std::string& path, std::string_view why) {
    throw CorruptObject(fmt::format("index '{}' is damaged: {}", printable(path), why),
                        "run 'dsctl fsck --repair'");
}

std::shared_ptr<const IndexSegment> IndexSegment::open(const std::string& path) {
    std::shared_ptr<IndexSegment> s(new IndexSegment(path, MappedFile::open(path)));
    const ByteView all = s->file_.view();
    if (all.size() < header_bytes || !all.starts_with(magic.substr(0, 5))) {
        refuse(path, "it is no index");
    }
    if (!all.starts_with(magic)) {
        refuse(path, "unknown version");
    }
    s->packs_ = load_u32(all.data() + 8);
    s->records_ = load_u64(all.data() + 16);
    const std::uint64_t names = std::uint64_t{s->packs_} * 32;
    const std::uint64_t rest = all.size() - header_bytes;
    if (names > rest || s->records_ > rest / record_bytes || names + s->records_ * record_bytes != rest ||
        load_u32(all.data() + 24) != 0) {
        refuse(path, "its size is wrong");
    }
    if (crc32c(all.substr(header_bytes, names), crc32c(all.substr(0, header_bytes - 4))) !=
        load_u32(all.data() + 28)) {
        refuse(path, "its checksum differs");
    }
    s->table_ = all.data() + header_bytes + names;
    return s;
}

Sha256 IndexSegment::pack(std::uint32_t i) const {
    if (i >= packs_) {
        refuse(path_, "a record names no pack");
    }
    return Sha256::from_bytes(file_.view().substr(header_bytes + std::size_t{i} * 32, 32));
}

IndexRecord IndexSegment::record(std::uint64_t i) const noexcept {
    const char* const p = table_ + i * record_bytes;
    return {load_u64(p), load_u32(p + 8), load_u32(p + 12)};
}

std::pair<std::uint64_t, std::uint64_t> IndexSegment::find(std::uint64_t prefix) const noexcept {
    // The first record not below `prefix` lies in [lo, hi]. Guess by interpolation while that converges
    // quickly, then bisect, so that crafted prefixes cost O(log n) too.
    std::uint64_t lo = 0;
    std::uint64_t hi = records_;
    std::uint64_t low_value = 0;
    std::uint64_t high_value = ~std::uint64_t{0};
    for (int step = 0; hi - lo > 8; ++step) {
        std::uint64_t mid = lo + (hi - lo) / 2;
        if (step < 8 && high_value > low_value && prefix >= low_value && prefix <= high_value) {
            const auto span = static_cast<double>(hi - lo);
            const auto share =
                static_cast<double>(prefix - low_value) / static_cast<double>(high_value - low_value);
            // A little beside the guess, alternating, so that both ends close in.
            const double lean = (step % 2 == 0 ? -1.0 : 1.0) * (span < 4096 ? 2.0 : 16.0);
            const double guess = std::clamp(share * span + lean, 0.0, span - 1.0);
            mid = std::min(lo + static_cast<std::uint64_t>(guess), hi - 1);
        }
        const std::uint64_t value = prefix_at(mid);
        if (value < prefix) {
            lo = mid + 1;
            low_value = value;
        } else {
            hi = mid;
            high_value = value;
        }
    }
    while (lo < hi && prefix_at(lo) < prefix) {
        ++lo;
    }
    std::uint64_t end = lo;
    while (end < records_ && prefix_at(end) == prefix) {
        ++end;
    }
    return {lo, end};
}

void IndexSegment::check_records() const {
    const ByteView all = file_.view();
    const ByteView table = all.substr(static_cast<std::size_t>(table_ - all.data()));
    if (crc32c(table) != load_u32(all.data() + 12)) {
        refuse(path_, "checksum of its records differs");
    }
    for (std::uint32_t i = 1; i < packs_; ++i) {
        if (!(pack(i - 1) < pack(i))) {
            refuse(path_, "its packs are out of order");
        }
    }
    IndexRecord last;
    for (std::uint64_t i = 0; i < records_; ++i) {
        const IndexRecord r = record(i);
        if (r.pack >= packs_ || (i > 0 && !(last < r))) {
            refuse(path_, "its records are out of order");
        }
        last = r;
    }
}

} // namespace ds
