// Decoding and encoding tree nodes: the hot loops of every walk and every commit.
#include "model/node_codec.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint8_t node_magic = 0xD7;

std::size_t put_varint(char* out, std::uint64_t v) noexcept {
    std::size_t n = 0;
    while (v >= 0x80) {
        out[n++] = static_cast<char>(0x80 | (v & 0x7f));
        v >>= 7;
    }
    out[n++] = static_cast<char>(v);
    return n;
}

void read_entry(ByteReader& in, Entry& entry) {
    const std::uint8_t kind = in.u8();
    if (kind < static_cast<std::uint8_t>(EntryKind::file) ||
        kind > static_cast<std::uint8_t>(EntryKind::empty_dir)) {
        in.fail(fmt::format("unknown kind {}", kind));
    }
    entry.kind = static_cast<EntryKind>(kind);
    if (entry.kind == EntryKind::empty_dir) {
        in.varint_max(0, "size of an empty folder");
        entry.size = 0;
        entry.hash = Sha256{};
    } else {
        entry.size = in.varint_max(max_file_size, "size");
        std::memcpy(entry.hash.bytes.data(), in.bytes(32).data(), 32);
    }
}

} // namespace

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
    const std::size_t n = std::min(a.size(), b.size());
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const std::uint64_t diff = load_u64(a.data() + i) ^ load_u64(b.data() + i);
        if (diff != 0) {
            return i + static_cast<std::size_t>(std::countr_zero(diff)) / 8;
        }
    }
    while (i < n && a[i] == b[i]) {
        ++i;
    }
    return i;
}

std::string_view path_problem_after(std::string_view path, std::size_t shared) noexcept {
    if (path.size() > max_path_bytes) {
        return path_problem(path);
    }
    const std::size_t slash = path.substr(0, shared).rfind('/');
    return path_problem(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
}

void FlatNode::decode(ByteView bytes, const Sha256& id) {
    const std::string what = "tree node " + id.short_hex();
    ByteReader in(bytes, what);
    id_ = Sha256{}; // until all is well: a path reuses nodes by name
    if (bytes.size() > max_node_bytes) {
        in.fail(fmt::format("it has {} bytes, more than {}", bytes.size(), max_node_bytes));
    }
    if (in.u8() != node_magic) {
        in.fail("it does not begin with 0xd7");
    }
    level_ = in.u8();
    if (level_ > max_tree_level) {
        in.fail(fmt::format("level {} is above {}", level_, max_tree_level));
    }
    const auto count = static_cast<std::size_t>(in.varint_max(max_node_items, "number of items"));
    if (count == 0 && level_ > 0) {
        in.fail("an inner node without items");
    }
    decode_items(in, count);
    in.expect_end();
    id_ = id;
}

void FlatNode::decode_items(ByteReader& in, std::size_t count) {
    entries_ = 0;
    bytes_ = 0;
    keys_.clear();
    keys_.reserve(std::min(in.remaining(), max_node_key_bytes)); // a guess that saves most growing
    items_.resize(count);
    std::string_view previous;
    for (std::size_t i = 0; i < count; ++i) {
        Item& item = items_[i];
        const auto shared = static_cast<std::size_t>(in.varint_max(previous.size(), "shared prefix"));
        const ByteView suffix = in.string(max_path_bytes, "path");
        // Rising order and the longest prefix at once: the first byte that is not shared is greater.
        if (suffix.empty() ||
            (shared < previous.size() &&
             static_cast<unsigned char>(suffix[0]) <= static_cast<unsigned char>(previous[shared]))) {
            in.fail("paths do not rise");
        }
        if (keys_.size() + shared + suffix.size() > max_node_key_bytes) {
            in.fail("its paths are too long");
        }
        const std::size_t previous_at = i == 0 ? 0 : items_[i - 1].key_at;
        item.key_at = static_cast<std::uint32_t>(keys_.size());
        item.key_size = static_cast<std::uint32_t>(shared + suffix.size());
        keys_.append(keys_, previous_at, shared);
        keys_.append(suffix);
        const std::string_view key(keys_.data() + item.key_at, item.key_size);
        if (const std::string_view problem = path_problem_after(key, shared); !problem.empty()) {
            in.fail(fmt::format("path '{}' {}", printable(key), problem));
        }
        NodeValue& value = item.value;
        if (level_ == 0) {
            read_entry(in, value.entry);
            value.entries = 1;
        } else {
            value.entry.kind = EntryKind::file;
            std::memcpy(value.entry.hash.bytes.data(), in.bytes(32).data(), 32);
            value.entries = in.varint();
            value.entry.size = in.varint();
            if (value.entries == 0) {
                in.fail("a child without entries");
            }
        }
        if (__builtin_add_overflow(entries_, value.entries, &entries_) ||
            __builtin_add_overflow(bytes_, value.entry.size, &bytes_)) {
            in.fail("its totals exceed 64 bits");
        }
        previous = key;
    }
}

std::size_t FlatNode::lower_bound(std::string_view wanted) const noexcept {
    std::size_t begin = 0;
    std::size_t end = items_.size();
    while (begin < end) {
        const std::size_t middle = (begin + end) / 2;
        if (key(middle) < wanted) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

void NodeEncoder::add(std::string_view key, std::size_t shared, const NodeValue& value) {
    if (__builtin_add_overflow(entries_, value.entries, &entries_) ||
        __builtin_add_overflow(bytes_, value.entry.size, &bytes_)) {
        throw Error(ErrorKind::failure, "the sizes in the tree add up to more than 64 bits");
    }
    if (count_ == 0) {
        shared = 0;
    }
    const std::string_view suffix = key.substr(shared);
    char head[20];
    std::size_t n = put_varint(head, shared);
    n += put_varint(head + n, suffix.size());
    buffer_.append(head, n);
    buffer_.append(suffix);
    char tail[64];
    n = 0;
    const ByteView hash = value.entry.hash.view();
    if (level_ == 0) {
        tail[n++] = static_cast<char>(value.entry.kind);
        n += put_varint(tail + n, value.entry.size);
        if (value.entry.kind != EntryKind::empty_dir) {
            std::memcpy(tail + n, hash.data(), hash.size());
            n += hash.size();
        }
    } else {
        std::memcpy(tail, hash.data(), hash.size());
        n = hash.size();
        n += put_varint(tail + n, value.entries);
        n += put_varint(tail + n, value.entry.size);
    }
    buffer_.append(tail, n);
    last_key_.resize(std::min(shared, last_key_.size()));
    last_key_.append(suffix);
    key_bytes_ += key.size();
    ++count_;
}

ByteView NodeEncoder::view() {
    char count[10];
    const std::size_t n = put_varint(count, count_);
    char* header = buffer_.data() + header_room - n - 2;
    header[0] = static_cast<char>(node_magic);
    header[1] = static_cast<char>(level_);
    std::memcpy(header + 2, count, n);
    return ByteView(buffer_).substr(header_room - n - 2);
}

void NodeEncoder::clear() {
    count_ = 0;
    key_bytes_ = 0;
    entries_ = 0;
    bytes_ = 0;
    buffer_.resize(header_room);
}

} // namespace ds
