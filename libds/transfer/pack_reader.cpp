#include "transfer/pack_reader.hpp"

#include "codec/hash.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t frame_cache_bytes = 16u << 20;
constexpr std::uint64_t prefetch_run = 2u << 20;
constexpr std::uint64_t prefetch_gap = 32u << 10;

std::string frame_name(const PackRef& pack, std::uint64_t offset) {
    return fmt::format("the frame at {} of pack {}", offset, pack.name.short_hex());
}

DecodedFrame decode(ByteView bytes, const std::string& what) {
    DecodedFrame out;
    out.kind = FrameHeader::parse(bytes, what).kind;
    out.raw = decode_frame(bytes, what);
    return out;
}

void check_length(const FramePlace& place) {
    if (place.length == 0 || place.length > max_frame_bytes) {
        throw CorruptObject(fmt::format("{} claims to have {} bytes", frame_name(place.pack, place.offset), place.length));
    }
}

} // namespace

std::vector<FrameRun> coalesce(std::span<const FramePlace> places, std::uint64_t max_run, std::uint64_t max_gap) {
    std::vector<FrameRun> runs;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const FramePlace& place = places[i];
        check_length(place);
        const std::uint64_t end = std::uint64_t{place.offset} + place.length;
        if (!runs.empty() && runs.back().pack == place.pack) {
            FrameRun& run = runs.back();
            const std::uint64_t run_end = run.offset + run.length;
            const bool inside = place.offset >= run.offset && end <= run_end;
            const bool behind = place.offset >= run_end && place.offset - run_end <= max_gap && end - run.offset <= max_run;
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

ByteView checked_object(const DecodedFrame& frame, std::uint32_t inner_offset, std::uint32_t length, ObjectKind kind,
                        const Sha256& hash, std::string_view what) {
    if (frame.kind != kind) {
        throw CorruptObject(fmt::format("{} lies in a frame of another kind ({})", what, static_cast<int>(frame.kind)));
    }
    if (inner_offset > frame.raw.size() || length > frame.raw.size() - inner_offset) {
        throw CorruptObject(fmt::format("{} reaches beyond its frame", what));
    }
    const ByteView bytes = ByteView(frame.raw).substr(inner_offset, length);
    if (const Sha256 found = sha256(bytes); found != hash) {
        throw CorruptObject(fmt::format("{} does not match its hash (expected sha256 {}…, got {}…)", what,
                                        hash.short_hex(), found.short_hex()));
    }
    return bytes;
}

PackReader::PackReader(Registry& registry, std::string ns)
    : registry_(registry), ns_(std::move(ns)), frames_(frame_cache_bytes) {}

void PackReader::range(const PackRef& pack, std::uint64_t offset, std::uint64_t length, ByteString& out) {
    const std::size_t before = out.size();
    registry_.read_pack(ns_, pack, offset, length, out);
    if (out.size() - before != length) {
        throw CorruptObject(fmt::format("pack {} gave {} bytes at {}, not {}", pack.name.short_hex(),
                                        out.size() - before, offset, length));
    }
    bytes_read_ += length;
}

void PackReader::read_run(std::span<const FramePlace> places, const FrameRun& run) {
    ByteString bytes;
    range(run.pack, run.offset, run.length, bytes);
    for (const std::size_t i : run.frames) {
        const FramePlace& place = places[i];
        const ByteView frame = ByteView(bytes).substr(place.offset - run.offset, place.length);
        try {
            auto decoded = std::make_shared<DecodedFrame>(decode(frame, frame_name(place.pack, place.offset)));
            const std::size_t size = decoded->raw.size() + 128;
            frames_.put({place.pack.name, place.offset}, std::move(decoded), size);
        } catch (const CorruptObject&) {
            continue; // whoever wants this one hears of it
        }
    }
}

PackReader::Frame PackReader::read_frame(const FramePlace& place, std::span<const FramePlace> following) {
    check_length(place);
    std::vector<FramePlace> wanted{place};
    for (const FramePlace& next : following) {
        const FramePlace& last = wanted.back();
        if (next.pack == last.pack && next.offset == last.offset) {
            continue;
        }
        const std::uint64_t end = std::uint64_t{last.offset} + last.length;
        if (next.pack != last.pack || next.offset < end || next.offset - end > prefetch_gap || next.length == 0 ||
            std::uint64_t{next.offset} + next.length - place.offset > prefetch_run) {
            break;
        }
        wanted.push_back(next);
    }
    const std::uint64_t length = std::uint64_t{wanted.back().offset} + wanted.back().length - place.offset;
    ByteString bytes;
    range(place.pack, place.offset, length, bytes);
    const std::string what = frame_name(place.pack, place.offset);
    auto first = std::make_shared<DecodedFrame>(decode(ByteView(bytes).substr(0, place.length), what));
    const std::size_t size = first->raw.size() + 128;
    frames_.put({place.pack.name, place.offset}, first, size);
    for (std::size_t i = 1; i < wanted.size(); ++i) {
        const ByteView frame = ByteView(bytes).substr(wanted[i].offset - place.offset, wanted[i].length);
        try {
            auto next = std::make_shared<DecodedFrame>(decode(frame, frame_name(place.pack, wanted[i].offset)));
            const std::size_t next_size = next->raw.size() + 128;
            frames_.put({place.pack.name, wanted[i].offset}, std::move(next), next_size);
        } catch (const CorruptObject&) {
            break; // whoever wants this one hears of it
        }
    }
    return first;
}

std::shared_ptr<const DecodedFrame> PackReader::frame(const FramePlace& place, std::span<const FramePlace> following) {
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

void PackReader::prefetch(std::span<const FramePlace> places, unsigned jobs) {
    std::vector<FramePlace> missing;
    for (const FramePlace& place : places) {
        if (!frames_.get({place.pack.name, place.offset})) {
            missing.push_back(place);
        }
    }
    std::sort(missing.begin(), missing.end(), [](const FramePlace& a, const FramePlace& b) {
        const auto order = a.pack <=> b.pack;
        return order != 0 ? order < 0 : a.offset < b.offset;
    });
    const auto runs = coalesce(missing, prefetch_run, prefetch_gap);
    parallel_for(runs.size(), jobs, [&](std::size_t i) { read_run(missing, runs[i]); });
}

ByteString PackReader::object(const PackRef& pack, const Extent& at, ObjectKind kind, const Sha256& hash,
                              std::string_view what) {
    const auto decoded = frame({pack, at.frame_offset, at.frame_length});
    return ByteString(checked_object(*decoded, at.inner_offset, at.length, kind, hash, what));
}

} // namespace ds
