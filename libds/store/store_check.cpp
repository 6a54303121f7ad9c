// fsck's part of the store: reading everything.
#include "store/object_store.hpp"

#include "base/error.hpp"
#include "store/store_impl.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/core.h>
#include <map>
#include <mutex>
#include <set>

namespace ds {

namespace {

/// One check. Thread-safe by packs.
class Check {
  public:
    /// @param held whether an object can be read from any pack; thread-safe
    Check(Context& context, const std::function<void(const StoreProblem&)>& report, PackCache& packs,
          const Segments& segments, std::function<bool(const FooterEntry&)> held)
        : context_(context), report_(report), held_(std::move(held)), packs_(packs), segments_(segments.good),
          matched_(segments.good.size()), usable_(segments.good.size()) {
        for (const auto& [path, error] : segments.damaged) {
            note({"index " + path.substr(path.rfind('/') + 1), message_of(error), {}, {}});
        }
    }

    void run(const std::vector<Sha256>& names, unsigned jobs) {
        for (std::size_t k = 0; k < segments_.size(); ++k) {
            usable_[k] = check_segment(k, names);
        }
        parallel_for(names.size(), jobs, [&](std::size_t i) {
            context_.check_stop();
            check_pack(names[i]);
        });
        for (std::size_t k = 0; k < segments_.size(); ++k) {
            if (usable_[k] && matched_[k] != segments_[k]->records()) {
                note({index_name(k), "it names objects that do not exist", {}, {}});
            }
        }
    }

  private:
    static std::string message_of(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            return e.what();
        }
    }
    void note(const StoreProblem& problem) {
        std::lock_guard lock(mutex_);
        report_(problem);
    }
    [[nodiscard]] std::string index_name(std::size_t k) const {
        const std::string& path = segments_[k]->path();
        return "index " + path.substr(path.rfind('/') + 1);
    }

    /// Whether its records can be held against the packs.
    bool check_segment(std::size_t k, const std::vector<Sha256>& names) {
        const IndexSegment& segment = *segments_[k];
        try {
            segment.check_records();
        } catch (const CorruptObject& e) {
            note({index_name(k), e.message(), {}, {}});
            return false;
        }
        bool complete = true;
        for (std::uint32_t i = 0; i < segment.packs(); ++i) {
            const Sha256 name = segment.pack(i);
            in_segments_[name].emplace_back(k, i);
            if (!std::binary_search(names.begin(), names.end(), name)) {
                complete = false;
                note({"pack " + name.short_hex(), "missing", {}, {}});
            }
        }
        return complete;
    }

    void check_pack(const Sha256& name) {
        const std::string what = "pack " + name.short_hex();
        const auto listed = in_segments_.find(name);
        try {
            const auto pack = packs_.open_fresh(name);
            if (!pack) {
                return; // collected meanwhile
            }
            const PackFooter footer = pack->footer();
            for (std::uint32_t i = 0; i < pack->count();) {
                context_.check_stop();
                i = check_frame(*pack, footer.entries, i);
            }
            if (pack->count() == 0 && pack->frames_end() != pack_magic.size()) {
                throw CorruptObject(what + " is damaged: it has bytes without objects");
            }
            if (listed != in_segments_.end()) {
                check_records(footer.entries, listed->second, what);
            }
            context_.progress.advance(1, pack->size());
        } catch (const CorruptObject& e) {
            note({what, e.message(), {}, {}});
            if (listed != in_segments_.end()) {
                for (const auto& [k, i] : listed->second) {
                    usable_[k] = false; // its records cannot be matched
                }
            }
        }
    }

    /// A file of the work tree is named once, however many chunks of it are gone.
    void lose(const PackFile& pack, const ReferenceLost& lost) {
        {
            std::lock_guard lock(mutex_);
            if (!lost_.insert(lost.path()).second) {
                return;
            }
        }
        note({pack.what(), lost.message(), {}, {}});
    }

    /// Checks the frame that begins with entry `first`; returns the number behind its last object.
    std::uint32_t check_frame(const PackFile& pack, const std::vector<FooterEntry>& entries,
                              std::uint32_t first) {
        FrameExtent extent;
        std::uint32_t next = first + 1;
        OpenFrame frame;
        try {
            extent = pack.frame_of(first);
            next = extent.last;
            frame = open_frame(pack.read_frame(extent), pack.what());
            const FrameHeader& header = frame.header;
            bool same = header.lengths.size() == extent.last - extent.first;
            for (std::uint32_t i = extent.first; same && i < extent.last; ++i) {
                const FooterEntry& e = entries[i];
                same = e.kind == header.kind && e.length == header.lengths[i - extent.first] &&
                       (header.keys.empty() || header.keys[i - extent.first] == e.hash);
            }
            if (!same) {
                throw CorruptObject(pack.what() + " is damaged: a frame contradicts the footer");
            }
        } catch (const ReferenceLost& e) {
            // What was taken over before the file was changed is a copy elsewhere: gc removes the reference.
            if (!std::all_of(entries.begin() + first, entries.begin() + next, held_)) {
                lose(pack, e);
            }
            return next;
        } catch (const CorruptObject& e) {
            for (std::uint32_t i = first; i < next; ++i) {
                note({pack.what(), e.message(), entries[i].hash, entries[i].kind});
            }
            return next;
        }
        for (std::uint32_t i = first; i < next; ++i) {
            const FooterEntry& e = entries[i];
            const auto object = object_in(frame.raw.view, e.inner_offset, e.length);
            if (!object || !object_holds(e.kind, e.hash, *object)) {
                note({pack.what(), "hash differs", e.hash, e.kind});
            }
        }
        return next;
    }

    void check_records(const std::vector<FooterEntry>& entries,
                       const std::vector<std::pair<std::size_t, std::uint32_t>>& where,
                       const std::string& what) {
        std::uint64_t missing = 0;
        for (std::uint32_t i = 0; i < entries.size(); ++i) {
            bool found = false;
            const std::uint64_t prefix = entries[i].hash.prefix64();
            for (const auto& [k, number] : where) {
                const auto [first, last] = segments_[k]->find(prefix);
                for (std::uint64_t r = first; r < last; ++r) {
                    const IndexRecord record = segments_[k]->record(r);
                    if (record.pack == number && record.entry == i) {
                        found = true;
                        ++matched_[k];
                    }
                }
            }
            missing += found ? 0 : 1;
        }
        if (missing > 0) {
            note({what, fmt::format("{} of its objects are not in the index", missing), {}, {}});
        }
    }

    Context& context_;
    const std::function<void(const StoreProblem&)>& report_;
    std::function<bool(const FooterEntry&)> held_;
    PackCache& packs_;
    const std::vector<std::shared_ptr<const IndexSegment>>& segments_;
    std::vector<std::atomic<std::uint64_t>> matched_;
    std::vector<std::atomic<bool>>
        usable_; ///< whether the records of a segment can be held against the packs
    /// Where each pack stands in the segments: (segment, number in its table).
    std::map<Sha256, std::vector<std::pair<std::size_t, std::uint32_t>>> in_segments_;
    std::set<std::string> lost_; ///< files of the work tree
    std::mutex mutex_;
};

} // namespace

void ObjectStore::check_packs(Context& context, const std::function<void(const StoreProblem&)>& report) {
    const auto named = [this] {
        impl_->refresh();
        const auto segments = impl_->segments();
        std::set<Sha256> names;
        for (const auto& segment : segments->good) {
            for (std::uint32_t i = 0; i < segment->packs(); ++i) {
                names.insert(segment->pack(i));
            }
        }
        return names;
    };
    const auto names = named();
    const std::vector<Sha256> packs(names.begin(), names.end());
    std::mutex mutex;
    std::map<Sha256, std::string> problems;
    parallel_for(packs.size(), context.jobs, [&](std::size_t i) {
        context.check_stop();
        std::string problem;
        try {
            problem = impl_->packs.open_fresh(packs[i]) ? "" : "missing";
        } catch (const CorruptObject& error) {
            problem = error.message();
        }
        if (!problem.empty()) {
            const std::lock_guard lock(mutex);
            problems.emplace(packs[i], std::move(problem));
        }
    });
    const auto still = problems.empty() ? std::set<Sha256>{} : named(); // a collection may have run meanwhile
    for (const auto& [name, problem] : problems) {
        if (still.contains(name)) {
            report({"pack " + name.short_hex(), problem, {}, {}});
        }
    }
}

void ObjectStore::check(Context& context, const std::function<void(const StoreProblem&)>& report) {
    impl_->refresh();
    impl_->forget_cached();
    const auto segments = impl_->segments();
    const std::vector<Sha256> names = impl_->all_packs();
    const StoreUsage used = usage();
    ProgressScope progress(context.progress, "checking", used.packs, used.pack_bytes);
    const auto held = [this](const FooterEntry& entry) { return has(entry.kind, entry.hash); };
    Check(context, report, impl_->packs, *segments, held).run(names, context.jobs);
}

} // namespace ds
