// A recipe: the chunks a large file consists of. Local storage, never identity.
//
//   recipe      := 0xD8 version:u8 (1) form:u8 size:varint count:varint item… check:32
//     form 0 (chunks): item := length:varint hash:32            at most 4096
//     form 1 (parts):  item := size:varint part:32              at most 4096; part = SHA-256 of a recipe_part
//   recipe_part := the same with form 0; stored under the SHA-256 of its own bytes
//
// A recipe is stored under the SHA-256 of the file it makes; `check` is the SHA-256 of all bytes
// before it. Sizes add up exactly. 4096 parts of 4096 chunks reach 2^40 bytes at 64 KiB.
#pragma once

#include "base/sha256.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ds {

inline constexpr std::size_t max_recipe_items = 4096;

struct RecipeItem {
    std::uint64_t size = 0; ///< bytes of the chunk or of the part
    Sha256 hash;
    friend bool operator==(const RecipeItem&, const RecipeItem&) = default;
};

struct Recipe {
    enum class Form : std::uint8_t { chunks = 0, parts = 1 };
    Form form = Form::chunks;
    std::uint64_t size = 0;
    std::vector<RecipeItem> items;

    [[nodiscard]] ByteString serialise() const;
    /// @throws CorruptObject naming `what`
    [[nodiscard]] static Recipe parse(ByteView bytes, std::string_view what);
};

/// Collects chunks in order into a recipe, handing finished parts to `save_part(hash, bytes)`.
/// Memory is bounded by two lists of 4096 items.
class RecipeBuilder {
  public:
    explicit RecipeBuilder(std::function<void(const Sha256&, ByteView)> save_part)
        : save_part_(std::move(save_part)) {}
    void add(std::uint64_t size, const Sha256& chunk);
    /// @throws Error when the file has more than 4096 x 4096 chunks
    [[nodiscard]] Recipe finish();
    [[nodiscard]] std::uint64_t chunk_count() const noexcept { return count_; }

  private:
    void flush_part();
    std::function<void(const Sha256&, ByteView)> save_part_;
    std::vector<RecipeItem> chunks_;
    std::vector<RecipeItem> parts_;
    std::uint64_t count_ = 0;
    std::uint64_t size_ = 0;
};

} // namespace ds
