// Turning bytes into chunks and recipes in a write session; shared by all ways of taking files in.
#pragma once

#include "model/recipe.hpp"
#include "store/object_store.hpp"

#include <span>
#include <vector>

namespace ds {

/// Hashes and stores chunks that lie back to back in `data`; appends one item for each. Runs of new chunks
/// become frames without being copied. Thread-safe for one writer.
void store_chunks(StoreWriter& writer, const StoreParams& params, ByteView data,
                  std::span<const std::uint32_t> lengths, std::vector<RecipeItem>& items);

/// Hashes chunks that lie back to back in `data`; appends one item for each.
void hash_chunks(ByteView data, std::span<const std::uint32_t> lengths, std::vector<RecipeItem>& items);

/// Stores a whole file that is at hand, and returns its hash: one chunk up to the average chunk size, else
/// chunks and a recipe. Content that is held already costs one hash.
[[nodiscard]] Sha256 store_content(StoreWriter& writer, const StoreParams& params, const Chunker& chunker,
                                   ByteView data);

/// A recipe builder whose parts go to `writer`.
[[nodiscard]] RecipeBuilder recipe_builder(StoreWriter& writer);
/// Stores the recipe of a file, unless one chunk is all of it.
void store_recipe(StoreWriter& writer, RecipeBuilder& builder, const Sha256& file_hash);

} // namespace ds
