// Storing chunks and recipes.
#include "store/content.hpp"

#include "codec/hash.hpp"

namespace ds {

void store_chunks(StoreWriter& writer, const StoreParams& params, ByteView data,
                  std::span<const std::uint32_t> lengths, std::vector<RecipeItem>& items) {
    thread_local ByteString scratch; // compressed frames, one at a time
    std::vector<Sha256> hashes;      // of the run: new chunks that follow each other
    std::vector<std::uint32_t> sizes;
    std::size_t run_begin = 0;
    std::size_t run_size = 0;
    const auto flush = [&](bool whole_frame) {
        if (whole_frame) {
            writer.put_frame(encode_frame(ObjectKind::chunk, hashes, sizes, data.substr(run_begin, run_size),
                                          params.level, scratch));
        } else {
            // Short runs (changed places in a known file) are grouped with others of their like.
            std::size_t at = run_begin;
            for (std::size_t i = 0; i < hashes.size(); ++i) {
                writer.put_copy(ObjectKind::chunk, hashes[i], data.substr(at, sizes[i]));
                at += sizes[i];
            }
        }
        hashes.clear();
        sizes.clear();
        run_size = 0;
    };
    std::size_t at = 0;
    for (const std::uint32_t length : lengths) {
        const ByteView chunk = data.substr(at, length);
        const Sha256 hash = sha256(chunk);
        items.push_back({length, hash});
        if (writer.claim(ObjectKind::chunk, hash)) {
            if (hashes.empty()) {
                run_begin = at;
            }
            hashes.push_back(hash);
            sizes.push_back(length);
            run_size += length;
            if (run_size >= params.frame_size || hashes.size() == max_frame_objects) {
                flush(true);
            }
        } else {
            flush(false);
        }
        at += length;
    }
    // The end of what was given is no end of a run: what follows it in the file shall follow it in the pack.
    flush(run_size >= params.frame_size / 4);
}

void hash_chunks(ByteView data, std::span<const std::uint32_t> lengths, std::vector<RecipeItem>& items) {
    std::size_t at = 0;
    for (const std::uint32_t length : lengths) {
        items.push_back({length, sha256(data.substr(at, length))});
        at += length;
    }
}

RecipeBuilder recipe_builder(StoreWriter& writer) {
    return RecipeBuilder(
        [&writer](const Sha256& hash, ByteView bytes) { writer.put(ObjectKind::recipe_part, hash, bytes); });
}

void store_recipe(StoreWriter& writer, RecipeBuilder& builder, const Sha256& file_hash) {
    if (builder.chunk_count() > 1) {
        writer.put(ObjectKind::recipe, file_hash, builder.finish().serialise());
    }
}

Sha256 store_content(StoreWriter& writer, const StoreParams& params, const Chunker& chunker, ByteView data) {
    const Sha256 hash = sha256(data);
    if (data.empty()) {
        return hash;
    }
    if (data.size() <= params.chunks.avg_size) {
        writer.put(ObjectKind::chunk, hash, data);
        return hash;
    }
    if (writer.has(ObjectKind::recipe, hash) || writer.has(ObjectKind::chunk, hash)) {
        return hash; // a recipe is stored after its chunks
    }
    std::vector<std::uint32_t> lengths;
    for (std::size_t at = 0; at < data.size(); at += lengths.back()) {
        lengths.push_back(static_cast<std::uint32_t>(chunker.cut(data.substr(at))));
    }
    std::vector<RecipeItem> items;
    items.reserve(lengths.size());
    store_chunks(writer, params, data, lengths, items);
    RecipeBuilder builder = recipe_builder(writer);
    for (const RecipeItem& item : items) {
        builder.add(item.size, item.hash);
    }
    store_recipe(writer, builder, hash);
    return hash;
}

} // namespace ds
