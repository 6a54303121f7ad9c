// Fetching, verifying and sharing chunks; deciding what to read ahead.
#include "mount/content_reader.hpp"

#include "transfer/content_check.hpp"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t segment_cache_bytes = 8u << 20;
constexpr std::size_t files_remembered = 512;
constexpr std::uint64_t job_bytes = 4u << 20;
constexpr std::uint64_t max_window = 24u << 20;
constexpr unsigned max_queued = 64;
/// Kernels send the reads of one reader in parallel: they arrive a little out of order.
constexpr std::uint64_t reorder_slack = 1u << 20;
/// A file is read ahead once so much of it was read in order.
constexpr std::uint64_t streak_needed = 128u << 10;
constexpr std::uint32_t small_gap = 1u << 20;
constexpr std::size_t small_frames_along = 64;
constexpr unsigned demand_jobs = 4;
/// From so many chunks on (1 MiB on average) what is read together is kept together; fewer are copied out of it, or each
/// would keep a whole frame.
constexpr std::size_t many_chunks = 32;
/// A range holds the chunks that begin in it: the last one reaches beyond, and is to come in the same request.
constexpr std::uint64_t max_chunk = 128u << 10;
constexpr std::uint64_t max_run = job_bytes + 2 * max_chunk;

FramePlace frame_of(const Extent& at, const std::vector<PackRef>& packs) {
    return {packs.at(at.pack), at.frame_offset, at.frame_length};
}

} // namespace

ReadFile::~ReadFile() {
    if (streaming_ != nullptr) {
        --*streaming_;
    }
}

ContentReader::ContentReader(FolderView& view, const Settings& settings)
    : view_(view), nodes_(view.nodes()), reader_(view.nodes().reader()), chunk_bytes_(settings.chunk_bytes),
      chunks_(settings.chunk_bytes), segments_(segment_cache_bytes), files_(files_remembered),
      queue_(max_queued * 2) {
    workers_.on_failure([this] { queue_.abort(); });
    for (unsigned i = 0; i < std::max(settings.jobs, 1u); ++i) {
        workers_.spawn([this](const std::stop_token&) {
            while (auto job = queue_.pop()) {
                --queued_;
                {
                    std::lock_guard lock(job->file->mutex_);
                    if (std::exchange(job->range->begun, true)) {
                        continue; // the reader was here before
                    }
                }
                run(*job->file, job->range);
            }
        });
    }
}

ContentReader::~ContentReader() {
    queue_.abort();
}

ReadFilePtr ContentReader::open(Inode inode) {
    if (const auto known = files_.get(inode)) {
        return *known;
    }
    const auto position = view_.position(inode);
    if (!position) {
        return nullptr;
    }
    const LeafItem& item = position->leaf->tree.leaves[position->index];
    const FileLayout& layout = position->leaf->layout.files[position->index];
    ReadFilePtr file(new ReadFile);
    file->path_ = item.path;
    file->entry_ = item.entry;
    file->layout_ = layout;
    file->packs_ = position->leaf->layout.packs;
    std::uint64_t at = 0;
    for (const ChunkPlace& chunk : layout.chunks) {
        at += chunk.at.length;
    }
    for (const SegmentPlace& place : layout.segments) {
        file->segment_starts_.push_back(at);
        at += place.size;
    }
    if (layout.chunks.size() == 1 && layout.segments.empty()) {
        bring_along(*position);
    }
    files_.put(inode, std::make_shared<const ReadFilePtr>(file), 1);
    return file;
}

/// For a file in one frame, if the one before it was read just now: its frame and those behind in one
/// request.
void ContentReader::bring_along(const LeafPosition& position) {
    const auto& layout = position.leaf->layout;
    const FramePlace place = frame_of(layout.files[position.index].chunks[0].at, layout.packs);
    {
        std::lock_guard lock(mutex_);
        const bool next = last_small_.pack == place.pack && place.offset >= last_small_.offset &&
                          place.offset - last_small_.offset <= small_gap;
        last_small_ = place;
        if (!next) {
            return;
        }
    }
    std::vector<FramePlace> along;
    for (std::size_t i = position.index + 1; i < layout.files.size() && along.size() < small_frames_along;
         ++i) {
        if (layout.files[i].chunks.size() == 1) {
            along.push_back(frame_of(layout.files[i].chunks[0].at, layout.packs));
        }
    }
    try {
        (void)reader_.frame(place, along);
    } catch (const Error&) { // the read that follows tells
    }
}

std::shared_ptr<const ContentReader::Segment> ContentReader::segment(const ReadFile& file,
                                                                     std::size_t index) {
    const SegmentPlace& place = file.layout_.segments[index];
    if (auto known = segments_.get(place.hash)) {
        return known;
    }
    LayoutSegment loaded =
        naming(file.path_, [&] { return nodes_.segment(place, file.packs_.at(place.at.pack)); });
    auto out = std::make_shared<Segment>();
    out->packs = std::move(loaded.packs);
    out->chunks = std::move(loaded.chunks);
    std::uint64_t at = 0;
    for (const ChunkPlace& chunk : out->chunks) {
        out->starts.push_back(at);
        at += chunk.at.length;
    }
    segments_.put(place.hash, out, out->chunks.size() * (sizeof(ChunkPlace) + 8) + out->packs.size() * 128);
    return out;
}

std::vector<ContentReader::Want> ContentReader::wants(const ReadFile& file, std::uint64_t offset,
                                                      std::uint64_t length) {
    std::vector<Want> out;
    const std::uint64_t end = std::min(offset + length, file.entry_.size);
    const auto take = [&](const ChunkPlace& chunk, const std::vector<PackRef>& packs, std::uint64_t at) {
        if (at + chunk.at.length > offset && at < end) {
            out.push_back(
                {chunk.hash, frame_of(chunk.at, packs), chunk.at.inner_offset, chunk.at.length, at});
        }
    };
    std::uint64_t at = 0;
    for (const ChunkPlace& chunk : file.layout_.chunks) {
        take(chunk, file.packs_, at);
        at += chunk.at.length;
    }
    const auto& starts = file.segment_starts_;
    std::size_t i = 0;
    if (!starts.empty() && offset >= starts[0]) {
        i = static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), offset) -
                                     starts.begin()) -
            1;
    }
    for (; i < starts.size() && starts[i] < end; ++i) {
        const auto part = segment(file, i);
        const auto& inner = part->starts;
        std::size_t k = 0;
        if (offset > starts[i]) {
            k = static_cast<std::size_t>(std::upper_bound(inner.begin(), inner.end(), offset - starts[i]) -
                                         inner.begin()) -
                1;
        }
        for (; k < inner.size() && starts[i] + inner[k] < end; ++k) {
            take(part->chunks[k], part->packs, starts[i] + inner[k]);
        }
    }
    return out;
}

SharedBytes ContentReader::verified(const ReadFile& file, const Want& want,
                                    std::shared_ptr<const DecodedFrame> frame) {
    for (const bool last : {false, true}) {
        if (!frame) {
            frame = naming(file.path_, [&] { return reader_.frame(want.place); });
        }
        try {
            return {frame->raw.keep,
                    checked_chunk(*frame, want.inner_offset, want.length, want.hash, file.path_)};
        } catch (const CorruptObject&) {
            // A cache may have gone bad: then the registry still has it.
            if (!reader_.forget(want.place) || last) {
                throw;
            }
            frame.reset();
        }
    }
    return {};
}

void ContentReader::load(const ReadFile& file, const std::vector<Want>& wanted,
                         const std::vector<std::size_t>& mine, std::vector<Chunk>& out) {
    std::vector<FramePlace> places;
    places.reserve(mine.size());
    for (const std::size_t i : mine) {
        places.push_back(wanted[i].place);
    }
    std::vector<std::shared_ptr<const DecodedFrame>> frames(1);
    if (places.size() > 1) {
        frames = naming(file.path_, [&] { return reader_.frames(places, demand_jobs, {.run = max_run}); });
    }
    for (std::size_t k = 0; k < mine.size(); ++k) {
        const Want& want = wanted[mine[k]];
        SharedBytes chunk = verified(file, want, std::move(frames[k]));
        if (mine.size() < many_chunks) { // else its neighbours, which were read with it, are kept as well
            chunk = SharedBytes::of(ByteString(chunk.view));
        }
        out[mine[k]] = std::make_shared<const SharedBytes>(std::move(chunk));
        chunks_.put(want.hash, out[mine[k]], want.length + 128);
    }
}

std::vector<ContentReader::Chunk> ContentReader::fetch(const ReadFile& file,
                                                       const std::vector<Want>& wanted) {
    std::vector<Chunk> out(wanted.size());
    std::vector<std::size_t> mine;
    std::vector<std::size_t> others;
    {
        std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            out[i] = chunks_.get(wanted[i].hash);
            if (!out[i]) {
                (in_flight_.insert(wanted[i].hash).second ? mine : others).push_back(i);
            }
        }
    }
    const auto landed = [&] {
        {
            std::lock_guard lock(mutex_);
            for (const std::size_t i : mine) {
                in_flight_.erase(wanted[i].hash);
            }
        }
        arrived_.notify_all();
    };
    if (!mine.empty()) {
        try {
            load(file, wanted, mine, out);
        } catch (...) {
            landed();
            throw;
        }
        landed();
    }
    for (const std::size_t i : others) {
        {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, [&] { return !in_flight_.contains(wanted[i].hash); });
        }
        out[i] = chunks_.get(wanted[i].hash);
        if (!out[i]) { // it failed there, or was let go at once
            load(file, wanted, {i}, out);
        }
    }
    return out;
}

void ContentReader::plan(const ReadFilePtr& file, std::uint64_t offset, std::uint64_t length) {
    std::vector<Job> jobs;
    {
        std::lock_guard lock(file->mutex_);
        const std::uint64_t end = offset + length;
        if (offset <= file->expected_ + reorder_slack && end + reorder_slack >= file->expected_) {
            file->streak_ += length;
            file->expected_ = std::max(file->expected_, end);
        } else {
            file->streak_ = 0;
            file->expected_ = end;
            file->ahead_ = 0;
        }
        const bool streams = file->streak_ >= streak_needed && file->entry_.size > job_bytes / 8;
        if (streams != (file->streaming_ != nullptr)) {
            streams ? ++streaming_ : --streaming_;
            file->streaming_ = streams ? &streaming_ : nullptr;
        }
        if (!streams) {
            return;
        }
        const std::uint64_t fair = chunk_bytes_ / 2 / std::max(streaming_.load(), 1u);
        const std::uint64_t window = std::clamp(std::min(file->streak_ * 4, fair), job_bytes, max_window);
        const std::uint64_t to = std::min(end + window, file->entry_.size);
        std::uint64_t from = std::max(file->ahead_, end);
        while (from < to && queued_.load() < max_queued) {
            const std::uint64_t stop = std::min((from / job_bytes + 1) * job_bytes, file->entry_.size);
            if (stop > to && file->ahead_ > end) {
                break; // less than a whole range: next time
            }
            auto range = std::make_shared<ReadFile::Range>(ReadFile::Range{from, stop - from, false});
            file->ranges_.push_back(range);
            jobs.push_back({file, std::move(range)});
            from = stop;
            ++queued_;
        }
        file->ahead_ = std::max(file->ahead_, from);
    }
    for (Job& job : jobs) {
        (void)queue_.push(std::move(job), 1);
    }
}

void ContentReader::run(ReadFile& file, const std::shared_ptr<ReadFile::Range>& range) {
    try {
        auto wanted = wants(file, range->offset, range->length);
        std::erase_if(wanted, [&](const Want& want) { return want.offset < range->offset; });
        (void)fetch(file, wanted);
    } catch (const std::exception&) { // whoever reads there finds out, and is told
    }
    {
        std::lock_guard lock(file.mutex_);
        std::erase(file.ranges_, range);
    }
    file.range_done_.notify_all();
}

/// A reader that has caught up with what is read ahead would fetch the same in small pieces: it waits for the
/// ranges it needs, or fetches them itself if nobody has begun.
void ContentReader::await_ranges(ReadFile& file, std::uint64_t offset, std::uint64_t length) {
    std::unique_lock lock(file.mutex_);
    for (;;) {
        const auto needed = std::find_if(file.ranges_.begin(), file.ranges_.end(), [&](const auto& range) {
            return range->offset < offset + length && offset < range->offset + range->length + max_chunk;
        });
        if (needed == file.ranges_.end()) {
            return;
        }
        if ((*needed)->begun) {
            file.range_done_.wait(lock);
            continue;
        }
        const auto range = *needed;
        range->begun = true;
        lock.unlock();
        run(file, range);
        lock.lock();
    }
}

std::vector<SharedBytes> ContentReader::read(const ReadFilePtr& file, std::uint64_t offset,
                                             std::uint64_t length) {
    std::vector<SharedBytes> out;
    if (offset >= file->entry_.size || length == 0) {
        return out;
    }
    length = std::min(length, file->entry_.size - offset);
    plan(file, offset, length);
    await_ranges(*file, offset, length);
    const auto wanted = wants(*file, offset, length);
    const auto chunks = fetch(*file, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::uint64_t skip = offset > wanted[i].offset ? offset - wanted[i].offset : 0;
        const std::uint64_t end =
            std::min<std::uint64_t>(wanted[i].length, offset + length - wanted[i].offset);
        out.push_back(chunks[i]->part(skip, end - skip));
    }
    return out;
}

} // namespace ds
