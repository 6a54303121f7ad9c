// Writing and merging index segments.
#include "base/error.hpp"
#include "codec/hash.hpp"
#include "store/index_layout.hpp"
#include "store/index_segment.hpp"

#include <algorithm>
#include <fcntl.h>
#include <numeric>
#include <queue>

namespace ds {

using namespace index_layout;

namespace {
constexpr std::size_t write_buffer = 1 << 20;
} // namespace

IndexSegmentWriter::IndexSegmentWriter(std::string path, const std::vector<Sha256>& packs)
    : path_(std::move(path)), fd_(open_file(path_, O_WRONLY | O_CREAT | O_EXCL)) {
    ByteWriter w(head_);
    w.bytes(magic);
    w.u32(static_cast<std::uint32_t>(packs.size()));
    w.u32(0);
    w.u64(0);
    w.u64(0);
    for (const Sha256& p : packs) {
        w.bytes(p.view());
    }
    write_full(fd_.get(), head_, path_); // numbers and sums follow in finish()
}

void IndexSegmentWriter::add(const IndexRecord& record) {
    ByteWriter w(buffer_);
    w.u64(record.prefix);
    w.u32(record.pack);
    w.u32(record.entry);
    ++records_;
    if (buffer_.size() >= write_buffer) {
        flush();
    }
}

void IndexSegmentWriter::flush() {
    crc_ = crc32c(buffer_, crc_);
    write_full(fd_.get(), buffer_, path_);
    buffer_.clear();
}

void IndexSegmentWriter::finish() {
    flush();
    store_u32(head_.data() + 12, crc_);
    store_u64(head_.data() + 16, records_);
    const ByteView head(head_);
    store_u32(head_.data() + 28, crc32c(head.substr(header_bytes), crc32c(head.substr(0, header_bytes - 4))));
    pwrite_full(fd_.get(), head.substr(0, header_bytes), 0, path_);
    sync_fd(fd_.get(), path_);
    fd_.close_checked(path_);
}

void write_index_segment(const std::string& path, const std::vector<Sha256>& packs,
                         std::vector<IndexRecord>& records) {
    std::vector<std::uint32_t> order(packs.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return packs[a] < packs[b]; });
    std::vector<std::uint32_t> place(packs.size());
    std::vector<Sha256> sorted(packs.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        place[order[i]] = i;
        sorted[i] = packs[order[i]];
    }
    for (IndexRecord& r : records) {
        r.pack = place[r.pack];
    }
    std::sort(records.begin(), records.end());
    IndexSegmentWriter writer(path, sorted);
    for (const IndexRecord& r : records) {
        writer.add(r);
    }
    writer.finish();
}

std::uint64_t merge_index_segments(const std::string& path,
                                   const std::vector<std::shared_ptr<const IndexSegment>>& inputs,
                                   const std::function<bool(const Sha256&)>& keep) {
    constexpr std::uint32_t dropped = ~std::uint32_t{0};
    std::vector<Sha256> packs;
    for (const auto& in : inputs) {
        for (std::uint32_t i = 0; i < in->packs(); ++i) {
            if (const Sha256 name = in->pack(i); keep(name)) {
                packs.push_back(name);
            }
        }
    }
    std::sort(packs.begin(), packs.end());
    packs.erase(std::unique(packs.begin(), packs.end()), packs.end());
    std::vector<std::vector<std::uint32_t>> place(inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        for (std::uint32_t i = 0; i < inputs[k]->packs(); ++i) {
            const Sha256 name = inputs[k]->pack(i);
            const auto at = std::lower_bound(packs.begin(), packs.end(), name);
            const bool kept = at != packs.end() && *at == name;
            place[k].push_back(kept ? static_cast<std::uint32_t>(at - packs.begin()) : dropped);
        }
    }

    struct Head {
        IndexRecord record; // with the pack number of the output
        std::size_t input = 0;
        bool operator>(const Head& o) const { return record > o.record; }
    };
    std::vector<std::uint64_t> next(inputs.size());
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heap;
    // All tables of packs rise, so that renumbering keeps the order of records.
    const auto advance = [&](std::size_t k) {
        while (next[k] < inputs[k]->records()) {
            IndexRecord r = inputs[k]->record(next[k]++);
            if (r.pack >= place[k].size()) {
                refuse(inputs[k]->path(), "a record names no pack");
            }
            r.pack = place[k][r.pack];
            if (r.pack != dropped) {
                heap.push({r, k});
                return;
            }
        }
    };
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        advance(k);
    }
    if (heap.empty()) {
        return 0;
    }
    IndexSegmentWriter writer(path, packs);
    IndexRecord last = heap.top().record;
    bool first = true;
    while (!heap.empty()) {
        const Head head = heap.top();
        heap.pop();
        advance(head.input);
        if (first || last < head.record) {
            writer.add(head.record);
        } else if (head.record < last) {
            refuse(inputs[head.input]->path(), "its records are out of order");
        }
        last = head.record;
        first = false;
    }
    writer.finish();
    return writer.records();
}

} // namespace ds
