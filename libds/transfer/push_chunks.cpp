// The content half of a push: windows of wanted chunks, workers that verify, one thread that places.
#include "transfer/push_chunks.hpp"

#include "codec/hash.hpp"
#include "transfer/content_check.hpp"

#include <algorithm>

namespace ds {

namespace {

constexpr std::uint64_t window_raw = 16u << 20;
constexpr std::size_t window_objects = 1u << 14;
constexpr std::size_t job_encoded = 2u << 20;
constexpr std::size_t job_objects = 1u << 12;
constexpr std::uint64_t read_gap = 128u << 10;
constexpr std::size_t regrouped_frame = 128u << 10;
/// Chunks of this push that are remembered, twice: a chunk forgotten and met again is sent again.
constexpr std::size_t remembered = 1u << 16;

std::string place_key(const FramePlace& place) {
    ByteString key(place.pack.name.view());
    ByteWriter(key).u32(place.offset);
    return key;
}

} // namespace

ChunkSender::ChunkSender(PackUploads& uploads, unsigned jobs, int level)
    : uploads_(uploads), level_(level), window_(std::make_shared<Window>()),
      workers_(std::clamp(jobs, 1u, 16u), std::clamp(jobs, 1u, 16u) * 2 + 2,
               [](const Job& job) { return check(job); }) {}

bool ChunkSender::join(ChunkSlot& slot, const std::string& path) {
    for (const auto* sent : {&sent_, &sent_before_}) {
        if (const auto at = sent->find(slot.hash); at != sent->end()) {
            slot.at = at->second;
            slot.placed = true;
            return true;
        }
    }
    if (const auto at = queued_.find(slot.hash); at != queued_.end()) {
        want(*at->second, slot, path);
        return true;
    }
    if (const auto at = loose_waiting_.find(slot.hash); at != loose_waiting_.end()) {
        slot.next = *at->second;
        *at->second = &slot;
        return true;
    }
    return false;
}

void ChunkSender::want(Object& object, ChunkSlot& slot, const std::string& path) {
    if (!object.wanted) {
        object.wanted = true;
        object.path = &path;
        window_bytes_ += object.length;
        ++window_objects_;
        ++totals_.chunks;
        totals_.raw_bytes += object.length;
    }
    slot.next = object.slots;
    object.slots = &slot;
    if (window_bytes_ >= window_raw || window_objects_ >= window_objects) {
        flush_window();
    }
}

bool ChunkSender::send_local(ObjectStore& store, ChunkSlot& slot, const std::string& path) {
    auto view = store.locate(ObjectKind::chunk, slot.hash);
    if (!view) {
        return false;
    }
    Frame*& frame = local_frames_[view->frame_id];
    if (frame == nullptr) {
        frame = &window_->frames.emplace_back();
        frame->local = {std::move(view->keep), view->frame};
        // All objects of the frame, so that its others are found without asking the index.
        for (const FooterEntry& entry : view->objects) {
            frame->objects.push_back({entry.hash, entry.inner_offset, entry.length, nullptr, nullptr, false});
            const bool known = sent_.contains(entry.hash) || sent_before_.contains(entry.hash) ||
                               loose_waiting_.contains(entry.hash);
            if (!known) {
                queued_.emplace(entry.hash, &frame->objects.back());
            }
        }
    }
    auto at = queued_.find(slot.hash);
    if (at == queued_.end()) {
        frame->objects.push_back({slot.hash, view->inner_offset, view->length, nullptr, nullptr, false});
        at = queued_.emplace(slot.hash, &frame->objects.back()).first;
    }
    want(*at->second, slot, path);
    return true;
}

void ChunkSender::send_remote(PackReader& reader, const FramePlace& place, std::uint32_t inner_offset,
                              ChunkSlot& slot, const std::string& path) {
    if (window_->reader != &reader) {
        if (!window_->frames.empty()) {
            flush_window();
        }
        window_->reader = &reader;
    }
    Frame*& frame = remote_frames_[place_key(place)];
    if (frame == nullptr) {
        frame = &window_->frames.emplace_back();
        frame->place = place;
    }
    frame->objects.push_back({slot.hash, inner_offset, slot.length, nullptr, nullptr, false});
    queued_.emplace(slot.hash, &frame->objects.back());
    want(frame->objects.back(), slot, path);
}

void ChunkSender::send_bytes(ByteView bytes, ChunkSlot& slot) {
    ++totals_.chunks;
    totals_.raw_bytes += bytes.size();
    add_loose(bytes, slot.hash, &slot);
}

void ChunkSender::flush_window() {
    auto window = std::move(window_);
    window_ = std::make_shared<Window>();
    window_->keep = window->keep; // the leaf under way goes on being used
    if (window_->keep.size() > 1) {
        window_->keep.erase(window_->keep.begin(), window_->keep.end() - 1);
    }
    window_->reader = window->reader;
    window_bytes_ = 0;
    window_objects_ = 0;
    local_frames_.clear();
    remote_frames_.clear();
    for (Frame& frame : window->frames) {
        // What nobody wanted by now is no longer on its way.
        for (Object& object : frame.objects) {
            if (!object.wanted) {
                const auto at = queued_.find(object.hash);
                if (at != queued_.end() && at->second == &object) {
                    queued_.erase(at);
                }
            }
        }
    }
    Job job{window, 0, 0};
    std::size_t bytes = 0;
    std::size_t objects = 0;
    const auto submit = [&] {
        if (job.first == job.last) {
            return;
        }
        while (workers_.full()) {
            take();
        }
        workers_.submit(job);
        job.first = job.last;
        bytes = 0;
        objects = 0;
    };
    for (const Frame& frame : window->frames) {
        bytes += frame.local.view.empty() ? frame.place.length : frame.local.view.size();
        objects += frame.objects.size();
        ++job.last;
        if (bytes >= job_encoded || objects >= job_objects) {
            submit();
        }
    }
    submit();
}

ChunkSender::Checked ChunkSender::check_frame(Frame& frame, const SharedBytes& encoded) {
    std::vector<Object*> wanted;
    for (Object& object : frame.objects) {
        if (object.wanted) {
            wanted.push_back(&object);
        }
    }
    if (wanted.empty()) {
        return {};
    }
    const std::string& path = *wanted.front()->path;
    OpenFrame open = naming(path, [&] { return open_frame(encoded, "a frame of it"); });
    const DecodedFrame decoded{open.header.kind, std::move(open.raw)};
    std::sort(wanted.begin(), wanted.end(),
              [](const Object* a, const Object* b) { return a->inner_offset < b->inner_offset; });
    bool whole = wanted.size() == open.header.lengths.size();
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const Object& object = *wanted[i];
        (void)checked_chunk(decoded, object.inner_offset, object.length, object.hash, *object.path);
        whole = whole && object.inner_offset == at && object.length == open.header.lengths[i];
        at += object.length;
    }
    Checked out;
    out.frame = &frame;
    (whole ? out.encoded : out.raw) = whole ? encoded : decoded.raw;
    return out;
}

ChunkSender::Result ChunkSender::check(const Job& job) {
    Result out{job.window, {}};
    Window& window = *job.window;
    std::vector<FramePlace> places;
    std::vector<Frame*> remote;
    for (std::size_t i = job.first; i < job.last; ++i) {
        Frame& frame = window.frames[i];
        if (!frame.local.view.empty()) {
            out.frames.push_back(check_frame(frame, frame.local));
        } else {
            places.push_back(frame.place);
            remote.push_back(&frame);
        }
    }
    for (const FrameRun& run : coalesce(places, job_encoded * 2, read_gap)) {
        const SharedBytes bytes = window.reader->range(run.pack, run.offset, run.length);
        for (const std::size_t i : run.frames) {
            const auto encoded = bytes.part(places[i].offset - run.offset, places[i].length);
            out.frames.push_back(check_frame(*remote[i], encoded));
        }
    }
    return out;
}

void ChunkSender::take() {
    const Result result = workers_.take();
    for (const Checked& checked : result.frames) {
        if (checked.frame == nullptr) {
            continue;
        }
        if (!checked.encoded.view.empty()) {
            place_whole(checked);
            continue;
        }
        for (Object& object : checked.frame->objects) {
            if (object.wanted) {
                queued_.erase(object.hash);
                add_loose(checked.raw.view.substr(object.inner_offset, object.length), object.hash,
                          object.slots);
            }
        }
    }
}

void ChunkSender::place(const Sha256& hash, ChunkSlot* slots, const PackedAt& at) {
    for (ChunkSlot* slot = slots; slot != nullptr; slot = slot->next) {
        slot->at = at;
        slot->placed = true;
    }
    if (sent_.size() >= remembered) {
        sent_before_ = std::move(sent_);
        sent_.clear();
    }
    sent_.emplace(hash, at);
}

void ChunkSender::place_whole(const Checked& checked) {
    std::vector<FooterEntry> entries;
    for (const Object& object : checked.frame->objects) {
        if (object.wanted) {
            entries.push_back({object.hash, 0, object.inner_offset, object.length, ObjectKind::chunk});
        }
    }
    PackAssembly& pack = uploads_.room(pack_, checked.encoded.view.size());
    const std::uint32_t offset = pack.append(checked.encoded.view, std::move(entries));
    const auto length = static_cast<std::uint32_t>(checked.encoded.view.size());
    for (Object& object : checked.frame->objects) {
        if (object.wanted) {
            place(object.hash, object.slots, {pack.number(), offset, length, object.inner_offset});
            queued_.erase(object.hash);
        }
    }
}

void ChunkSender::add_loose(ByteView bytes, const Sha256& hash, ChunkSlot* slots) {
    Loose& loose = looks_random(bytes) ? random_ : plain_;
    if (!loose.builder.empty() && (loose.builder.raw_size() + bytes.size() > regrouped_frame ||
                                   loose.builder.count() == max_frame_objects)) {
        flush_loose(loose);
    }
    loose.builder.add(hash, bytes);
    loose.slots.push_back(slots);
    loose_waiting_[hash] = &loose.slots.back();
}

void ChunkSender::flush_loose(Loose& loose) {
    if (loose.builder.empty()) {
        return;
    }
    ByteString frame;
    auto entries = loose.builder.encode(level_, frame);
    PackAssembly& pack = uploads_.room(pack_, frame.size());
    const std::uint32_t offset = pack.append(frame, entries);
    const auto length = static_cast<std::uint32_t>(frame.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        place(entries[i].hash, loose.slots[i], {pack.number(), offset, length, entries[i].inner_offset});
        loose_waiting_.erase(entries[i].hash);
    }
    loose.slots.clear();
}

void ChunkSender::finish() {
    flush_window();
    while (!workers_.empty()) {
        take();
    }
    flush_loose(plain_);
    flush_loose(random_);
    if (pack_ && !pack_->empty()) {
        uploads_.send(std::move(pack_));
    }
    pack_.reset();
}

} // namespace ds
