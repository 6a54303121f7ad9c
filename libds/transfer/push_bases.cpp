// Finding what need not be sent. Only nodes along the difference are read.
#include "transfer/push_bases.hpp"

#include "model/tree.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t max_bases = 4;
/// With less than this to send, looking further costs more than it can save.
constexpr std::uint64_t worth_another_base = 1u << 20;
constexpr std::uint64_t worth_another_base_entries = 1000;
constexpr std::size_t max_gone = 4u << 20;
constexpr std::size_t anchor_every = 64;
constexpr std::size_t precise_anchors = 1u << 16; ///< so many gone entries have an anchor each
/// Upper levels that lie side by side are read at once up to this size.
constexpr std::uint64_t upper_levels = 2u << 20;
constexpr std::uint64_t nearby = 1u << 16; ///< chunks ahead of and behind a position

} // namespace

struct PushBases::Base {
    struct Gone {
        std::uint64_t prefix = 0;
        std::uint32_t anchor = 0;
    };
    Base(Registry& target, const std::string& ns, const VersionRoots& roots, ObjectStore* local)
        : reader(target, ns), nodes(reader, roots, local) {}

    PackReader reader;
    VersionNodes nodes;
    bool damaged = false;
    std::vector<Gone> gone;           ///< sorted by prefix
    std::vector<std::string> anchors; ///< paths; an entry lies between its anchor and the next one
};

namespace {

bool is_damage(const Error& error) {
    return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found;
}

/// Damage of a base, as opposed to that of the tree that is compared with it.
struct BaseDamage {
    Error error;
};

/// The old side of a comparison.
class BaseTree final : public NodeSource {
  public:
    /// @param here a store that has the whole tree; null: it is read through the layout
    BaseTree(VersionNodes& nodes, ObjectStore* here) : nodes_(nodes), here_(here) {}
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override {
        try {
            if (here_ != nullptr) {
                return here_->load_node(id);
            }
            auto bytes = nodes_.load(id);
            (void)TreeNode::parse(*bytes, id); // what is malformed shall be the base's fault
            return bytes;
        } catch (const Error& error) {
            if (is_damage(error)) {
                throw BaseDamage{error};
            }
            throw;
        }
    }

  private:
    VersionNodes& nodes_;
    ObjectStore* here_;
};

} // namespace

PushBases::PushBases(const PushRequest& request, NodeSource& nodes, Context& context)
    : request_(request), nodes_(nodes), context_(context), missing_bytes_(request.tree.bytes),
      missing_entries_(request.tree.entries), changed_bytes_(request.tree.bytes),
      changed_entries_(request.tree.entries) {
    if (take(request.bases) && request.more_bases) {
        (void)take(request.more_bases());
    }
}

PushBases::~PushBases() = default;

bool PushBases::take(const std::vector<VersionRoots>& bases) {
    for (const VersionRoots& roots : bases) {
        if (roots.tree == request_.tree) {
            same_ = roots;
            changed_bytes_ = 0;
            changed_entries_ = 0;
            return false;
        }
    }
    const auto wanted = [&] {
        return bases_.size() < max_bases && (bases_.empty() || missing_bytes_ >= worth_another_base ||
                                             missing_entries_ >= worth_another_base_entries);
    };
    for (const VersionRoots& roots : bases) {
        const bool again = std::any_of(bases_.begin(), bases_.end(),
                                       [&](Base& other) { return other.nodes.roots().tree == roots.tree; });
        if (again || roots.tree.entries == 0) {
            continue;
        }
        if (!wanted()) {
            return false;
        }
        Base& base = bases_.emplace_back(request_.target, request_.ns, roots, request_.local);
        const std::uint64_t entries_before = changed_entries_;
        std::uint64_t missing = 0;
        try {
            missing = compare(base);
        } catch (const BaseDamage& damage) {
            give_up(base, damage.error);
            bases_.pop_back();
            continue;
        }
        missing_entries_ = std::min(missing_entries_, changed_entries_);
        missing_bytes_ = std::min(missing_bytes_, missing);
        if (bases_.size() == 1) {
            changed_bytes_ = missing;
        } else {
            changed_entries_ = entries_before;
        }
    }
    return wanted();
}

void PushBases::give_up(Base& base, const Error& error) {
    base.damaged = true;
    context_.log.warn(fmt::format("a version in registry '{}' that this builds upon is damaged ({}); what it "
                                  "lacks is sent again",
                                  request_.target.alias(), error.message()));
}

template <class Look>
auto PushBases::ask(Base& base, const Look& look) -> decltype(look()) {
    if (base.damaged) {
        return {};
    }
    try {
        return look();
    } catch (const Error& error) {
        if (!is_damage(error)) {
            throw;
        }
        give_up(base, error);
        return {};
    }
}

std::uint64_t PushBases::compare(Base& base) {
    VersionNodePtr root;
    try {
        root = base.nodes.node(base.nodes.root_place());
        std::uint64_t below = 0;
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < root->layout.children.size(); ++i) {
            below +=
                root->layout.children[i].tree.frame_length + root->layout.children[i].layout.frame_length;
            all.push_back(i);
        }
        if (root->tree.level > 1 && below <= upper_levels) {
            base.nodes.prefetch(*root, all, true, context_.jobs);
        }
    } catch (const Error& error) {
        if (is_damage(error)) {
            throw BaseDamage{error};
        }
        throw;
    }
    // A root that is here means that the whole tree is.
    ObjectStore* local = request_.local;
    const bool here = local != nullptr && local->has(ObjectKind::tree, root->place.id);
    BaseTree old_nodes(base.nodes, here ? local : nullptr);
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    std::size_t since_anchor = anchor_every;
    std::size_t steps = 0;
    tree_diff(old_nodes, root->place.id, nodes_, request_.tree.root, [&](const TreeChange& change) {
        if (++steps % 4096 == 0) {
            context_.check_stop();
        }
        const bool same = change.before != nullptr && change.after != nullptr &&
                          change.before->hash == change.after->hash &&
                          change.before->size == change.after->size;
        if (change.after != nullptr && !same) {
            bytes += change.after->size;
            ++entries;
        }
        if (change.before != nullptr && !same && change.before->size > 0 && base.gone.size() < max_gone) {
            if (since_anchor >= (base.gone.size() < precise_anchors ? 1 : anchor_every)) {
                base.anchors.emplace_back(change.path);
                since_anchor = 0;
            }
            ++since_anchor;
            base.gone.push_back(
                {change.before->hash.prefix64(), static_cast<std::uint32_t>(base.anchors.size() - 1)});
        }
        return true;
    });
    if (entries == 0) {
        base.gone.clear();
    }
    std::sort(base.gone.begin(), base.gone.end(),
              [](const Base::Gone& a, const Base::Gone& b) { return a.prefix < b.prefix; });
    changed_entries_ = entries;
    return bytes;
}

std::optional<NodePlace> PushBases::find_node(const Sha256& id, int level, std::string_view last_path) {
    for (Base& base : bases_) {
        if (auto place = ask(base, [&] { return base.nodes.find_node(id, level, last_path); })) {
            return place;
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_path(std::string_view path) {
    for (Base& base : bases_) {
        if (auto at = ask(base, [&] { return base.nodes.find(path); })) {
            return BaseFile{std::move(at->leaf), at->index, &base.nodes};
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_content(std::string_view path, const Entry& entry) {
    for (Base& base : bases_) {
        auto found = ask(base, [&]() -> std::optional<BaseFile> {
            if (auto at = base.nodes.find(path)) {
                const Entry& old = at->leaf->tree.leaves[at->index].entry;
                if (old.hash == entry.hash && old.size == entry.size) {
                    return BaseFile{std::move(at->leaf), at->index, &base.nodes};
                }
            }
            return find_moved(base, entry);
        });
        if (found) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_moved(Base& base, const Entry& entry) {
    const std::uint64_t prefix = entry.hash.prefix64();
    auto at = std::lower_bound(base.gone.begin(), base.gone.end(), prefix,
                               [](const Base::Gone& gone, std::uint64_t key) { return gone.prefix < key; });
    if (at == base.gone.end() || at->prefix != prefix) {
        return std::nullopt;
    }
    const std::string& from = base.anchors[at->anchor];
    const std::string* until = at->anchor + 1 < base.anchors.size() ? &base.anchors[at->anchor + 1] : nullptr;
    auto leaf = base.nodes.leaf_for(from);
    std::size_t index = leaf ? entry_index(leaf->tree, from) : 0;
    while (leaf && index < leaf->tree.leaves.size()) {
        const LeafItem& item = leaf->tree.leaves[index];
        if (until != nullptr && item.path >= *until) {
            break;
        }
        if (item.entry.hash == entry.hash && item.entry.size == entry.size) {
            return BaseFile{std::move(leaf), index, &base.nodes};
        }
        if (++index == leaf->tree.leaves.size()) {
            leaf = base.nodes.leaf_for(item.path + '\0'); // paths hold no NUL: the next entry
            index = 0;
        }
    }
    return std::nullopt;
}

NearbyChunks::NearbyChunks(BaseFile file) : file_(std::move(file)) {
    for (const ChunkPlace& chunk : file_.layout().chunks) {
        add(chunk, file_.packs()[chunk.at.pack]);
    }
}

void NearbyChunks::add(const ChunkPlace& chunk, const PackRef& pack) {
    ++loaded_;
    auto known = std::find(packs_.rbegin(), packs_.rend(), pack); // the last one nearly always
    if (known == packs_.rend()) {
        packs_.push_back(pack);
        known = packs_.rbegin();
    }
    const auto number = static_cast<std::uint32_t>(packs_.rend() - known - 1);
    if (chunks_.emplace(chunk.hash, Near{chunk.at, number}).second) {
        order_.push_back(chunk.hash);
    }
    while (order_.size() > 2 * nearby) {
        chunks_.erase(order_.front());
        order_.pop_front();
    }
}

void NearbyChunks::load_more() {
    const SegmentPlace& place = file_.layout().segments[next_segment_++];
    LayoutSegment segment;
    try {
        segment = file_.nodes->segment(place, file_.packs()[place.at.pack]);
    } catch (const Error& error) {
        if (!is_damage(error)) {
            throw;
        }
        next_segment_ = file_.layout().segments.size(); // its chunks are sent
        return;
    }
    for (const ChunkPlace& chunk : segment.chunks) {
        add(chunk, segment.packs[chunk.at.pack]);
    }
}

std::optional<NearbyChunks::Found> NearbyChunks::find(const Sha256& hash, std::uint64_t index) {
    while (next_segment_ < file_.layout().segments.size() && loaded_ < index + nearby) {
        load_more();
    }
    const auto at = chunks_.find(hash);
    if (at == chunks_.end()) {
        return std::nullopt;
    }
    return Found{{hash, at->second.at}, packs_[at->second.pack]};
}

} // namespace ds
