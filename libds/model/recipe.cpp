// Recipes: text and growth.
#include "model/recipe.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "model/entry.hpp"

#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::uint8_t recipe_magic = 0xD8;
constexpr std::uint8_t recipe_version = 1;
} // namespace

ByteString Recipe::serialise() const {
    ByteString out;
    out.reserve(64 + items.size() * 36);
    ByteWriter writer(out);
    writer.u8(recipe_magic);
    writer.u8(recipe_version);
    writer.u8(static_cast<std::uint8_t>(form));
    writer.varint(size);
    writer.varint(items.size());
    for (const RecipeItem& item : items) {
        writer.varint(item.size);
        writer.bytes(item.hash.view());
    }
    const Sha256 check = sha256(out);
    writer.bytes(check.view());
    return out;
}

Recipe Recipe::parse(ByteView bytes, std::string_view what) {
    ByteReader in(bytes, what);
    if (in.u8() != recipe_magic) {
        in.fail("it does not begin with 0xd8");
    }
    if (const std::uint8_t version = in.u8(); version != recipe_version) {
        in.fail(fmt::format("unknown version {}", version));
    }
    Recipe out;
    const std::uint8_t form = in.u8();
    if (form > static_cast<std::uint8_t>(Form::parts)) {
        in.fail(fmt::format("unknown form {}", form));
    }
    out.form = static_cast<Form>(form);
    out.size = in.varint_max(max_file_size, "size");
    const auto count = static_cast<std::size_t>(in.varint_max(max_recipe_items, "number of items"));
    out.items.reserve(count);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        RecipeItem item;
        item.size = in.varint_max(out.size - sum, "size of an item");
        if (item.size == 0) {
            in.fail("an item of no bytes");
        }
        item.hash = read_sha256(in);
        sum += item.size;
        out.items.push_back(item);
    }
    if (sum != out.size) {
        in.fail(fmt::format("its items have {} bytes, not {}", sum, out.size));
    }
    const ByteView covered = bytes.substr(0, in.position());
    if (read_sha256(in) != sha256(covered)) {
        in.fail("its check sum is wrong");
    }
    in.expect_end();
    return out;
}

void RecipeBuilder::add(std::uint64_t size, const Sha256& chunk) {
    if (size == 0 || size > max_file_size - size_) {
        throw Error(ErrorKind::failure, size == 0 ? "a chunk of no bytes" : "the file is larger than 1 TiB");
    }
    // Flushed late, so that exactly max_recipe_items chunks still are one recipe.
    if (chunks_.size() == max_recipe_items) {
        flush_part();
    }
    chunks_.push_back({size, chunk});
    ++count_;
    size_ += size;
}

void RecipeBuilder::flush_part() {
    if (parts_.size() == max_recipe_items) {
        throw Error(ErrorKind::failure,
                    fmt::format("the file has more than {} chunks", max_recipe_items * max_recipe_items));
    }
    Recipe part;
    for (const RecipeItem& item : chunks_) {
        part.size += item.size;
    }
    part.items.swap(chunks_);
    const ByteString bytes = part.serialise();
    const Sha256 id = sha256(bytes);
    save_part_(id, bytes);
    parts_.push_back({part.size, id});
    chunks_.reserve(max_recipe_items);
}

Recipe RecipeBuilder::finish() {
    Recipe out;
    out.size = size_;
    if (parts_.empty()) {
        out.items.swap(chunks_);
    } else {
        flush_part();
        out.form = Recipe::Form::parts;
        out.items.swap(parts_);
    }
    chunks_.clear();
    parts_.clear();
    count_ = size_ = 0;
    return out;
}

} // namespace ds
