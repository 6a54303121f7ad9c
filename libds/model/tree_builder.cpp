// Building a tree from all of its entries: one encoder per level, each cut handed up.
#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "model/node_codec.hpp"
#include "model/tree.hpp"
#include "model/tree_input.hpp"

#include <deque>
#include <fmt/core.h>

namespace ds {

std::size_t check_rising(std::string_view previous, std::string_view path) {
    const std::size_t shared = common_prefix(previous, path);
    const bool rises = shared == previous.size()
                           ? path.size() > shared
                           : shared < path.size() && static_cast<unsigned char>(path[shared]) >
                                                         static_cast<unsigned char>(previous[shared]);
    if (!rises) {
        throw Error(ErrorKind::failure, fmt::format("paths do not rise: '{}' comes after '{}'",
                                                    printable(path), printable(previous)));
    }
    return shared;
}

void check_entry(std::string_view path, std::size_t shared, const Entry& entry) {
    std::string_view problem = path_problem_after(path, shared);
    if (problem.empty() && entry.size > max_file_size) {
        problem = "is larger than 1 TiB";
    }
    if (problem.empty() && entry.kind == EntryKind::empty_dir && (entry.size != 0 || !entry.hash.is_zero())) {
        problem = "is a folder with content of its own";
    }
    if (!problem.empty()) {
        throw Error(ErrorKind::failure, fmt::format("path '{}' {}", printable(path), problem));
    }
}

struct TreeBuilder::Impl {
    struct Level {
        explicit Level(std::uint8_t number) : node(number) {}
        NodeEncoder node;
        std::uint64_t nodes = 0; ///< cut so far
        NodeValue last;          ///< what the last of them is
    };

    explicit Impl(NodeSink& s) : sink(s) { levels.emplace_back(std::uint8_t{0}); }

    void add(std::size_t level, std::string_view key, std::size_t shared, const NodeValue& value) {
        NodeEncoder& node = levels[level].node;
        node.add(key, shared, value);
        if (tree_cut(static_cast<std::uint8_t>(level), key, node.size(), node.key_bytes())) {
            cut(level);
        }
    }

    void cut(std::size_t number) {
        if (levels.size() == number + 1) {
            levels.emplace_back(static_cast<std::uint8_t>(number + 1));
        }
        Level& level = levels[number]; // a deque: stays where it is
        const ByteView bytes = level.node.view();
        const Sha256 id = sha256(bytes);
        sink.save_node(id, bytes);
        level.last = {{EntryKind::file, level.node.bytes(), id}, level.node.entries()};
        ++level.nodes;
        level.node.clear();
        const std::string& key = level.node.last_key();
        add(number + 1, key, common_prefix(levels[number + 1].node.last_key(), key), level.last);
    }

    TreeInfo finish() {
        for (std::size_t i = 0;; ++i) {
            Level& level = levels[i];
            if (level.node.size() > 0) {
                cut(i);
            }
            if (level.nodes == 0) {
                return empty_tree(&sink);
            }
            if (level.nodes == 1) {
                return {level.last.entry.hash, level.last.entries, level.last.entry.size};
            }
        }
    }

    NodeSink& sink;
    std::deque<Level> levels;
};

TreeBuilder::TreeBuilder(NodeSink& sink) : impl_(std::make_unique<Impl>(sink)) {}
TreeBuilder::~TreeBuilder() = default;

void TreeBuilder::add(std::string_view path, const Entry& entry) {
    const std::size_t shared = check_rising(impl_->levels.front().node.last_key(), path);
    check_entry(path, shared, entry);
    impl_->add(0, path, shared, {entry, 1});
}

TreeInfo TreeBuilder::finish() {
    return impl_->finish();
}

} // namespace ds
