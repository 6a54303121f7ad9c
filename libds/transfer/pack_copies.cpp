// Which packs a version reaches whole, and copying them. Packs are filled in the order of the tree, so that
// most are settled while the walk is still near them: memory is bounded however large the version is.
#include "transfer/pack_copies.hpp"

#include "store/frame.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// Objects held at once, 12 bytes each. Packs still open then are sent instead of copied.
constexpr std::size_t max_held = 4u << 20;

} // namespace

PackCopies::PackCopies(RegistryVersion& source, std::string ns, Context& context,
                       std::function<void(const PackRef&)> acknowledged)
    : source_(source), ns_(std::move(ns)), context_(context), acknowledged_(std::move(acknowledged)) {
    source.walk({}, [&](const RegistryVersion::Leaf& leaf) {
        context_.check_stop();
        for (const FileLayout& file : leaf.layout.files) {
            source.for_each_chunk(file, leaf.layout.packs,
                                  [&](const ChunkPlace& chunk, const PackRef& pack) { note(pack, chunk); });
        }
        if (held_ > max_held) {
            settle(false);
        }
    });
    settle(true);
}

void PackCopies::note(const PackRef& pack, const ChunkPlace& chunk) {
    if (whole_.contains(pack)) {
        return;
    }
    auto& reached = reached_[pack];
    auto& objects = reached.objects;
    const Object object{chunk.at.frame_offset, chunk.at.frame_length, chunk.at.inner_offset};
    if (!objects.empty() && objects.back() == object) {
        return;
    }
    objects.push_back(object);
    ++held_;
    if (is_sampled(chunk.hash)) {
        reached.sampled.push_back(chunk.hash);
    }
    if (!reached.least || chunk.hash < *reached.least) {
        reached.least = chunk.hash;
    }
}

void PackCopies::settle(bool at_end) {
    for (auto at = reached_.begin(); at != reached_.end();) {
        auto& [objects, sampled, least] = at->second;
        held_ -= objects.size();
        std::sort(objects.begin(), objects.end());
        objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
        std::uint64_t size = pack_magic.size() + footer_tail_bytes + objects.size() * footer_entry_bytes;
        std::uint64_t last = 0; // no frame begins at 0
        for (const Object& object : objects) {
            size += object.frame_offset != last ? object.frame_length : 0;
            last = object.frame_offset;
        }
        if (source_.registry().pack_size(source_.ns(), at->first) == size) {
            sampled.push_back(*least);
            std::sort(sampled.begin(), sampled.end());
            sampled.erase(std::unique(sampled.begin(), sampled.end()), sampled.end());
            whole_[at->first] = {size, static_cast<std::uint32_t>(objects.size()), std::move(sampled), {}};
            at = reached_.erase(at);
            continue;
        }
        held_ += objects.size();
        ++at;
    }
    if (at_end || held_ > max_held / 2) {
        reached_.clear(); // what comes later of them makes them seem less than whole: they are sent
        held_ = 0;
    }
}

void PackCopies::each_copy(
    const std::function<void(const SampledPack&, const std::vector<Sha256>&)>& visit) const {
    for (const auto& [pack, whole] : whole_) {
        if (whole.copy) {
            visit({*whole.copy, whole.size, whole.objects}, whole.sampled);
        }
    }
}

PackRef PackCopies::copy(const PackRef& pack, std::uint64_t size) {
    Registry& registry = source_.registry();
    const PackRef made{pack.name, registry.data().copy(pack_key(source_.ns(), pack.name), pack.version_id,
                                                       pack_key(ns_, pack.name))};
    if (registry.pack_size(ns_, made) != size) {
        throw Error(ErrorKind::retry, fmt::format("registry '{}' did not copy pack {} whole",
                                                  registry.alias(), pack.name.short_hex()));
    }
    return made;
}

std::optional<PackRef> PackCopies::find(const PackRef& pack) {
    const auto at = whole_.find(pack);
    if (at == whole_.end()) {
        return std::nullopt;
    }
    if (!at->second.copy) {
        at->second.copy = copy(pack, at->second.size);
        bytes_ += at->second.size;
        if (acknowledged_) {
            acknowledged_(*at->second.copy);
        }
    }
    return at->second.copy;
}

void PackCopies::copy_all() {
    std::vector<std::pair<const PackRef, Whole>*> todo;
    for (auto& item : whole_) {
        if (!item.second.copy) {
            todo.push_back(&item);
        }
    }
    // In batches, so that a long copy tells of what it has.
    const std::size_t batch = std::size_t{std::max(context_.jobs, 1u)} * 16;
    for (std::size_t begin = 0; begin < todo.size(); begin += batch) {
        const std::size_t count = std::min(batch, todo.size() - begin);
        parallel_for(count, context_.jobs, [&](std::size_t i) {
            context_.check_stop();
            auto& [pack, whole] = *todo[begin + i];
            whole.copy = copy(pack, whole.size);
        });
        for (std::size_t i = begin; i < begin + count; ++i) {
            bytes_ += todo[i]->second.size;
            if (acknowledged_) {
                acknowledged_(*todo[i]->second.copy);
            }
        }
    }
}

} // namespace ds
