// Range reads of registry packs, coalesced and cached.
#include "transfer/pack_reader.hpp"

#include "codec/hash.hpp"
#include "registry/read_again.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t frame_cache_bytes = 16u << 20;

std::string frame_name(const PackRef& pack, std::uint64_t offset) {
    return fmt::format("the frame at {} of pack {}", offset, pack.name.short_hex());
}

void check_length(const FramePlace& place) {
    if (place.length == 0 || place.length > max_frame_bytes) {
        throw CorruptObject(
            fmt::format("{} claims to have {} bytes", frame_name(place.pack, place.offset), place.length));
    }
}

} // namespace

std::vector<FrameRun> coalesce(std::span<const FramePlace> places, std::uint64_t max_run,
                               std::uint64_t max_gap) {
    std::vector<FrameRun> runs;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const FramePlace& place = places[i];
        check_length(place);
        const std::uint64_t end = std::uint64_t{place.offset} + place.length;
        if (!runs.empty() && runs.back().pack == place.pack) {
            FrameRun& run = runs.back();
            const std::uint64_t run_end = run.offset + run.length;
            const bool inside = place.offset >= run.offset && end <= run_end;
            const bool behind =
                place.offset >= run_end && place.offset - run_end <= max_gap && end - run.offset <= max_run;
            if (inside || behind) {
                run.length = std::max(run_end, end) - run.offset;
                run.frames.push_back(i);
                continue;
            }
        }
        runs.push_back({place.pack, place.offset, place.length, {i}});
    }
    return runs;
}

ByteView checked_object(const DecodedFrame& frame, std::uint32_t inner_offset, std::uint32_t length,
                        ObjectKind kind, const Sha256& hash, std::string_view what) {
    if (frame.kind != kind) {
        throw CorruptObject(
            fmt::format("{} lies in a frame of another kind ({})", what, static_cast<int>(frame.kind)));
    }
    const auto bytes = object_in(frame.raw.view, inner_offset, length);
    if (!bytes) {
        throw CorruptObject(fmt::format("{} reaches beyond its frame", what));
    }
    if (const Sha256 found = sha256(*bytes); found != hash) {
        throw CorruptObject(fmt::format("{} does not match its hash (expected sha256 {}…, got {}…)", what,
                                        hash.short_hex(), found.short_hex()));
    }
    return *bytes;
}

PackReader::PackReader(Registry& registry, std::string ns)
    : registry_(registry), ns_(std::move(ns)), frames_(frame_cache_bytes, InUse::keep) {}

SharedBytes PackReader::range(const PackRef& pack, std::uint64_t offset, std::uint64_t length) {
    ByteString out;
    registry_.read_pack(ns_, pack, offset, length, out);
    if (out.size() != length) {
        throw CorruptObject(fmt::format("pack {} gave {} bytes at {}, not {}", pack.name.short_hex(),
                                        out.size(), offset, length));
    }
    bytes_read_ += length;
    return SharedBytes::of(std::move(out));
}

PackReader::Frame PackReader::keep(const FramePlace& place, const SharedBytes& bytes) {
    OpenFrame open = in_registry([&] { return open_frame(bytes, frame_name(place.pack, place.offset)); });
    auto decoded = std::make_shared<const DecodedFrame>(DecodedFrame{open.header.kind, std::move(open.raw)});
    frames_.put({place.pack.name, place.offset}, decoded, decoded->raw.view.size() + 128);
    return decoded;
}

PackReader::Frame PackReader::keep_new(const FramePlace& place, const SharedBytes& bytes) {
    Frame frame = keep(place, bytes);
    if (cache_ != nullptr) {
        cache_->put({place.pack.name, place.offset, place.length}, bytes.view);
    }
    return frame;
}

PackReader::Frame PackReader::cached(const FramePlace& place) {
    if (cache_ == nullptr) {
        return nullptr;
    }
    const BlockKey key{place.pack.name, place.offset, place.length};
    auto bytes = cache_->get(key);
    if (!bytes) {
        return nullptr;
    }
    try {
        return keep(place, SharedBytes::of(std::move(*bytes)));
    } catch (const CorruptObject&) {
        cache_->drop(key);
        return nullptr;
    }
}

bool PackReader::forget(const FramePlace& place) {
    frames_.erase({place.pack.name, place.offset});
    if (cache_ != nullptr) {
        cache_->drop({place.pack.name, place.offset, place.length});
    }
    return cache_ != nullptr;
}

void PackReader::read_run(std::span<const FramePlace> places, const FrameRun& run,
                          std::atomic<std::int64_t>& room, std::span<Frame> out) {
    if (room < 0) {
        return;
    }
    const SharedBytes bytes = range(run.pack, run.offset, run.length);
    std::size_t before = places.size();
    for (const std::size_t i : run.frames) {
        const FramePlace& place = places[i];
        if (before != places.size() && places[before].offset == place.offset &&
            places[before].length == place.length) {
            out[i] = out[before];
            continue;
        }
        before = i;
        try {
            Frame frame = keep_new(place, bytes.part(place.offset - run.offset, place.length));
            if ((room -= static_cast<std::int64_t>(frame->raw.view.size())) < 0) {
                return;
            }
            out[i] = std::move(frame);
        } catch (const CorruptObject&) {
            continue; // whoever wants this one hears of it
        }
    }
}

PackReader::Frame PackReader::read_frame(const FramePlace& place, std::span<const FramePlace> following) {
    check_length(place);
    if (Frame frame = cached(place)) {
        return frame;
    }
    std::vector<FramePlace> wanted{place};
    for (const FramePlace& next : following) {
        const FramePlace& last = wanted.back();
        if (next.pack == last.pack && next.offset == last.offset) {
            continue;
        }
        const std::uint64_t end = std::uint64_t{last.offset} + last.length;
        if (next.pack != last.pack || next.offset < end || next.offset - end > prefetch_gap ||
            next.length == 0 || std::uint64_t{next.offset} + next.length - place.offset > prefetch_run) {
            break;
        }
        wanted.push_back(next);
    }
    const std::uint64_t length = std::uint64_t{wanted.back().offset} + wanted.back().length - place.offset;
    SharedBytes bytes;
    Frame first = read_again([&] {
        bytes = range(place.pack, place.offset, length);
        return keep_new(place, bytes.part(0, place.length));
    });
    for (std::size_t i = 1; i < wanted.size(); ++i) {
        try {
            (void)keep_new(wanted[i], bytes.part(wanted[i].offset - place.offset, wanted[i].length));
        } catch (const CorruptObject&) {
            break; // whoever wants this one hears of it
        }
    }
    return first;
}

std::shared_ptr<const DecodedFrame> PackReader::frame(const FramePlace& place,
                                                      std::span<const FramePlace> following) {
    const Key key{place.pack.name, place.offset};
    std::promise<Frame> promise;
    {
        std::unique_lock lock(mutex_);
        if (auto cached = frames_.get(key)) {
            return cached;
        }
        if (const auto at = reading_.find(key); at != reading_.end()) {
            const auto future = at->second; // somebody reads it already
            lock.unlock();
            return future.get();
        }
        reading_.emplace(key, promise.get_future().share());
    }
    const auto done = [&] {
        std::lock_guard lock(mutex_);
        reading_.erase(key);
    };
    try {
        Frame result = read_frame(place, following);
        promise.set_value(result);
        done();
        return result;
    } catch (...) {
        promise.set_exception(std::current_exception());
        done();
        throw;
    }
}

std::vector<std::shared_ptr<const DecodedFrame>> PackReader::frames(std::span<const FramePlace> places,
                                                                    unsigned jobs, const Bounds& bounds) {
    std::vector<Frame> out(places.size());
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < places.size(); ++i) {
        out[i] = frames_.get({places[i].pack.name, places[i].offset});
        if (!out[i] && cache_ != nullptr) {
            check_length(places[i]);
            const bool repeated =
                i > 0 && places[i - 1].offset == places[i].offset && places[i - 1].pack == places[i].pack;
            out[i] = repeated ? out[i - 1] : cached(places[i]);
        }
        if (!out[i]) {
            missing.push_back(i);
        }
    }
    std::sort(missing.begin(), missing.end(), [&](std::size_t a, std::size_t b) {
        const auto order = places[a].pack <=> places[b].pack;
        return order != 0 ? order < 0 : places[a].offset < places[b].offset;
    });
    std::vector<FramePlace> sorted;
    sorted.reserve(missing.size());
    for (const std::size_t i : missing) {
        sorted.push_back(places[i]);
    }
    std::vector<Frame> found(sorted.size());
    const auto runs = coalesce(sorted, bounds.run, bounds.gap);
    std::atomic<std::int64_t> room{bounds.raw};
    parallel_for(runs.size(), runs.size() < 2 ? 1 : jobs,
                 [&](std::size_t i) { read_run(sorted, runs[i], room, found); });
    for (std::size_t i = 0; i < missing.size(); ++i) {
        out[missing[i]] = std::move(found[i]);
    }
    return out;
}

ByteString PackReader::object(const PackRef& pack, const Extent& at, ObjectKind kind, const Sha256& hash,
                              std::string_view what) {
    // Chunks are too many, and tree nodes are for their reader to choose from.
    const bool small = kind != ObjectKind::chunk && kind != ObjectKind::tree;
    ByteCache* cache = small ? registry_.cache() : nullptr;
    if (cache != nullptr) {
        if (const auto bytes = cache->get(hash); bytes && bytes->size() == at.length) {
            return *bytes;
        }
    }
    const FramePlace place{pack, at.frame_offset, at.frame_length};
    const auto read = [&] {
        ByteString bytes(checked_object(*frame(place), at.inner_offset, at.length, kind, hash, what));
        if (cache != nullptr) {
            cache->put(hash, bytes);
        }
        return bytes;
    };
    return in_registry([&] {
        try {
            return read();
        } catch (const CorruptObject&) {
            if (!forget(place)) {
                throw;
            }
        }
        return read();
    });
}

} // namespace ds
