// Streaming the content of files: by one chunk, or by a recipe and its parts.
//
// Every chunk is checked by its own hash before it is handed out; a whole stream is hashed once more
// as a file, because only that proves the recipe. Where nothing is handed on before that, it proves the chunks
// too. For large files one thread reads the chunks, one hashes the whole, and the caller's consumes.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "store/store_impl.hpp"
#include "task/pool.hpp"
#include "task/queue.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint64_t worth_threads = 4u << 20;
constexpr std::size_t read_ahead = 8u << 20;

[[noreturn]] void damaged(std::string_view path, std::string_view why) {
    throw CorruptObject(fmt::format("content of '{}' is damaged: {}", printable(path), why),
                        "run 'dsctl fsck --repair'");
}

/// Visits the chunks that cover [offset, offset + length) of an entry, with the offset of each.
template <class Store, class Visit>
void visit_recipe(Store& store, std::string_view path, const Entry& entry, const Recipe& recipe,
                  std::uint64_t offset, std::uint64_t length, const Visit& visit) {
    if (recipe.size != entry.size) {
        damaged(path, "its recipe makes another size");
    }
    const std::uint64_t end = offset + length;
    std::uint64_t at = 0;
    const auto chunks = [&](const Recipe& part) {
        for (const RecipeItem& item : part.items) {
            if (at < end && at + item.size > offset) {
                visit(item.hash, static_cast<std::uint32_t>(item.size), at);
            }
            at += item.size;
        }
    };
    if (recipe.form == Recipe::Form::chunks) {
        chunks(recipe);
        return;
    }
    for (const RecipeItem& item : recipe.items) {
        if (at < end && at + item.size > offset) {
            const ObjectBytes bytes = store.fetch_needed(ObjectKind::recipe_part, item.hash, path);
            const Recipe part = Recipe::parse(bytes.bytes, "recipe part " + item.hash.short_hex());
            if (part.form != Recipe::Form::chunks || part.size != item.size) {
                damaged(path, "a part of its recipe has another size");
            }
            chunks(part);
        } else {
            at += item.size;
        }
    }
}

[[noreturn]] void not_held(std::string_view path, const Entry& entry) {
    throw Error(
        ErrorKind::not_found,
        fmt::format("content of '{}' ({}) is not in the store", printable(path), entry.hash.short_hex()),
        "run 'dsctl fetch'");
}

Recipe parse_recipe(const ObjectBytes& bytes, const Entry& entry) {
    return Recipe::parse(bytes.bytes, "recipe " + entry.hash.short_hex());
}

/// Reads by `produce` in one thread, hashes in another, and consumes in this one.
template <class Produce>
void in_three_threads(const Produce& produce, Sha256Stream& whole,
                      const std::function<void(ByteView)>& sink) {
    BoundedQueue<ObjectBytes> to_sink(read_ahead);
    BoundedQueue<ObjectBytes> to_hash(read_ahead);
    ThreadGroup threads;
    threads.on_failure([&] {
        to_sink.close();
        to_hash.close();
    });
    threads.spawn([&](std::stop_token stop) {
        produce([&](ObjectBytes chunk) {
            const std::size_t weight = chunk.bytes.size();
            if (stop.stop_requested() || !to_hash.push(chunk, weight) ||
                !to_sink.push(std::move(chunk), weight)) {
                throw Interrupted(); // the consumer is gone; its own error is the one that is seen
            }
        });
        to_sink.close();
        to_hash.close();
    });
    threads.spawn([&](std::stop_token) {
        while (const auto chunk = to_hash.pop()) {
            whole.update(chunk->bytes);
        }
    });
    try {
        while (const auto chunk = to_sink.pop()) {
            sink(chunk->bytes);
        }
    } catch (...) {
        threads.fail(std::current_exception());
        to_sink.abort();
        to_hash.abort();
    }
    threads.join();
}

} // namespace

void ObjectStore::stream(std::string_view path, const Entry& entry,
                         const std::function<void(ByteView)>& sink) {
    impl_->stream(path, entry, Proof::hash, sink);
}

void ObjectStore::stream_whole(std::string_view path, const Entry& entry,
                               const std::function<void(ByteView)>& sink) {
    impl_->stream(path, entry, Proof::checksum, sink);
}

void ObjectStore::Impl::stream(std::string_view named, const Entry& entry, Proof proof,
                               const std::function<void(ByteView)>& sink) {
    if (entry.kind == EntryKind::empty_dir) {
        return;
    }
    if (entry.size == 0) {
        if (entry.hash != empty_hash()) {
            damaged(named, "it has no bytes but another hash");
        }
        return;
    }
    // A chunk that is the whole file is proven by the file's hash: nothing to save there.
    if (entry.size <= params.chunks.max_size || !holds(ObjectKind::recipe, entry.hash)) {
        if (const auto whole = fetch(ObjectKind::chunk, entry.hash)) {
            if (whole->bytes.size() != entry.size) {
                damaged(named, "its size differs");
            }
            sink(whole->bytes);
            return;
        }
    }
    const auto bytes = fetch(ObjectKind::recipe, entry.hash);
    if (!bytes) {
        not_held(named, entry);
    }
    const Recipe recipe = parse_recipe(*bytes, entry);
    const auto produce = [&](const auto& use) {
        visit_recipe(*this, named, entry, recipe, 0, entry.size,
                     [&](const Sha256& hash, std::uint32_t size, std::uint64_t) {
                         ObjectBytes chunk = fetch_needed(ObjectKind::chunk, hash, named, proof);
                         if (chunk.bytes.size() != size) {
                             damaged(named, "a chunk has another size");
                         }
                         use(std::move(chunk));
                     });
    };
    Sha256Stream whole;
    if (entry.size < worth_threads) {
        produce([&](const ObjectBytes& chunk) {
            whole.update(chunk.bytes);
            sink(chunk.bytes);
        });
    } else {
        in_three_threads(produce, whole, sink);
    }
    if (whole.finish() != entry.hash) {
        damaged(named, "its hash differs");
    }
}

void ObjectStore::stream_range(std::string_view path, const Entry& entry, std::uint64_t offset,
                               std::uint64_t length, const std::function<void(ByteView)>& sink) {
    if (entry.kind == EntryKind::empty_dir || offset >= entry.size || length == 0) {
        return;
    }
    length = std::min(length, entry.size - offset);
    if (const auto whole = impl_->fetch(ObjectKind::chunk, entry.hash)) {
        if (whole->bytes.size() != entry.size) {
            damaged(path, "its size differs");
        }
        sink(whole->bytes.substr(offset, length));
        return;
    }
    const auto bytes = impl_->fetch(ObjectKind::recipe, entry.hash);
    if (!bytes) {
        not_held(path, entry);
    }
    visit_recipe(*impl_, path, entry, parse_recipe(*bytes, entry), offset, length,
                 [&](const Sha256& hash, std::uint32_t size, std::uint64_t at) {
                     const ObjectBytes chunk = impl_->fetch_needed(ObjectKind::chunk, hash, path);
                     if (chunk.bytes.size() != size) {
                         damaged(path, "a chunk has another size");
                     }
                     const std::uint64_t from = std::max(offset, at);
                     const std::uint64_t to = std::min(offset + length, at + size);
                     sink(chunk.bytes.substr(from - at, to - from));
                 });
}

void ObjectStore::for_each_chunk(const Entry& entry,
                                 const std::function<void(const Sha256&, std::uint32_t)>& visit) {
    if (entry.kind == EntryKind::empty_dir || entry.size == 0) {
        return;
    }
    if (entry.size <= max_frame_raw && has(ObjectKind::chunk, entry.hash)) {
        visit(entry.hash, static_cast<std::uint32_t>(entry.size));
        return;
    }
    const auto bytes = impl_->fetch(ObjectKind::recipe, entry.hash);
    if (!bytes) {
        not_held(entry.hash.hex(), entry);
    }
    visit_recipe(*impl_, entry.hash.hex(), entry, parse_recipe(*bytes, entry), 0, entry.size,
                 [&](const Sha256& hash, std::uint32_t size, std::uint64_t) { visit(hash, size); });
}

} // namespace ds
