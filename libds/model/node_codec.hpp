// The lean forms of a tree node that everything else here works with: a decoded node whose keys
// share one buffer, and an encoder that takes one item at a time. TreeNode is for callers who want
// plain vectors. Internal to this module.
#pragma once

#include "model/entry.hpp"
#include "model/tree_node.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// What a key stands for: an entry, or (above the leaves) a child with its totals.
struct NodeValue {
    Entry entry;               ///< child: hash = its name, size = bytes below it, kind unused
    std::uint64_t entries = 1; ///< entries below; 1 for an entry
    friend bool operator==(const NodeValue&, const NodeValue&) = default;
};

/// A decoded node. Decoding into the same object again reuses its memory.
class FlatNode {
  public:
    /// Checks everything the grammar says. @throws CorruptObject naming `id`
    void decode(ByteView bytes, const Sha256& id);

    [[nodiscard]] const Sha256& id() const noexcept { return id_; }
    [[nodiscard]] std::uint8_t level() const noexcept { return level_; }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] std::string_view key(std::size_t i) const noexcept {
        return {keys_.data() + items_[i].key_at, items_[i].key_size};
    }
    [[nodiscard]] std::string_view last_key() const noexcept {
        return items_.empty() ? std::string_view{} : key(items_.size() - 1);
    }
    [[nodiscard]] const NodeValue& value(std::size_t i) const noexcept { return items_[i].value; }
    [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// The first item whose key is >= `key`; size() if there is none.
    [[nodiscard]] std::size_t lower_bound(std::string_view key) const noexcept;
    [[nodiscard]] TreeNode to_tree_node() const;

  private:
    struct Item {
        std::uint32_t key_at = 0;
        std::uint32_t key_size = 0;
        NodeValue value;
    };
    void decode_items(ByteReader& in, std::size_t count);

    Sha256 id_;
    std::uint8_t level_ = 0;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    std::string keys_;
    std::vector<Item> items_;
};

/// How many leading bytes two keys share.
[[nodiscard]] std::size_t common_prefix(std::string_view a, std::string_view b) noexcept;

/// Why `path`, which shares its first `shared` bytes with a path that is fine, cannot be an entry's
/// path; empty if it can. Only components that are not wholly shared are looked at.
[[nodiscard]] std::string_view path_problem_after(std::string_view path, std::size_t shared) noexcept;

/// Serialises one node item by item; keys must rise.
class NodeEncoder {
  public:
    explicit NodeEncoder(std::uint8_t level) : level_(level) { buffer_.resize(header_room); }

    /// @param shared common_prefix of `key` and the previous key; ignored for the first item
    /// @throws Error(failure) when the totals do not fit 64 bits
    void add(std::string_view key, std::size_t shared, const NodeValue& value);
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] std::size_t key_bytes() const noexcept { return key_bytes_; }
    [[nodiscard]] const std::string& last_key() const noexcept { return last_key_; }
    [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// The node so far; valid until the next call.
    [[nodiscard]] ByteView view();
    void clear();

  private:
    static constexpr std::size_t header_room = 5; // magic, level, and a count of up to three bytes

    std::uint8_t level_;
    std::size_t count_ = 0;
    std::size_t key_bytes_ = 0;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    std::string last_key_;
    ByteString buffer_;
};

} // namespace ds
