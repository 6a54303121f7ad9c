#include "dataset/draft_editor.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// Edits held before they are applied: some 20 MiB with paths of usual length.
constexpr std::size_t batch_edits = 1u << 16;
constexpr std::size_t batch_bytes = 16u << 20;
constexpr std::size_t read_bytes = 1u << 20;

std::unique_ptr<ObjectStore> fresh_store(const std::string& path) {
    remove_tree(path);
    ObjectStore::create(path, {});
    return ObjectStore::open(path);
}

} // namespace

std::shared_ptr<const ByteString> LayeredNodes::load_node(const Sha256& id) {
    const auto absent = [](const Error& error) { return error.kind() == ErrorKind::not_found; };
    try {
        return own_.load_node(id);
    } catch (const Error& error) {
        if (!absent(error) || below_.empty()) {
            throw;
        }
    }
    for (std::size_t i = 0; i + 1 < below_.size(); ++i) {
        try {
            return below_[i]->load_node(id);
        } catch (const Error& error) {
            if (!absent(error)) {
                throw;
            }
        }
    }
    return below_.back()->load_node(id);
}

EditSession::EditSession(Registry& registry, const std::string& ns, const std::string& dir, Context& context,
                         RegistryVersion* base, const std::string& name)
    : context_(context), name_(name), chunker_(params_.chunks), store_(fresh_store(dir + "/store")),
      writer_(store_->writer()), nodes_(*store_, *writer_),
      staged_(registry, ns, dir, params_.level, context) {
    if (base != nullptr) {
        nodes_.add(*base);
        staged_.set_base(base);
        base_ = base->roots().tree;
    } else {
        base_ = empty_tree(writer_.get());
    }
    tree_ = base_;
}

EditSession::~EditSession() {
    const auto path = store_->path();
    writer_.reset();
    store_.reset();
    try {
        remove_tree(path);
    } catch (const Error&) { // the next one does it
    }
}

void EditSession::put(const std::string& path, const Entry& entry) {
    if (const auto why = path_problem(path); !why.empty()) {
        throw Error(ErrorKind::usage, fmt::format("'{}' cannot be a path: {}", printable(path), why));
    }
    edits_[path] = entry;
    edit_bytes_ += path.size();
    edited();
}

void EditSession::remove(const std::string& path) {
    edits_[path] = std::nullopt;
    edit_bytes_ += path.size();
    edited();
}

void EditSession::edited() {
    if (edits_.size() >= batch_edits || edit_bytes_ >= batch_bytes) {
        apply();
    }
}

void EditSession::apply() {
    if (edits_.empty()) {
        return;
    }
    context_.check_stop();
    TreeCursor cursor(nodes_, tree_.root);
    const auto find = [&](std::string_view path) -> const Entry* {
        cursor.seek(path);
        return cursor.valid() && cursor.path() == path ? &cursor.entry() : nullptr;
    };
    const auto edit_of = [&](std::string_view path) { return edits_.find(std::string(path)); };
    const auto clash = [&](std::string_view path, std::string_view what) {
        throw Error(
            ErrorKind::conflict, fmt::format("'{}' is a {} in {}", printable(path), what, name_),
            fmt::format("dsctl rm {}--in {} {}", what == "folder" ? "-r " : "", name_, printable(path)));
    };
    // What stands above a new path makes way if it is an empty folder, and is an error if it is a file.
    std::vector<std::string> cleared;
    std::string sound; ///< a folder whose way down was looked at
    for (auto at = edits_.begin(); at != edits_.end(); ++at) {
        if (!at->second) {
            continue;
        }
        const auto& path = at->first;
        const auto folder = parent_path(path);
        if (!folder.empty() && folder != sound) {
            for (auto above = folder; !above.empty() && !is_within(sound, above);
                 above = parent_path(above)) {
                const auto edit = edit_of(above);
                const auto* there =
                    edit != edits_.end() ? (edit->second ? &*edit->second : nullptr) : find(above);
                if (there != nullptr && there->kind != EntryKind::empty_dir) {
                    clash(above, "file");
                }
                if (there != nullptr) {
                    cleared.emplace_back(above);
                }
            }
            sound = folder;
        }
        // What stands below it.
        const auto below = path + "/";
        const auto next = edits_.lower_bound(below);
        bool filled = false;
        for (auto n = next; n != edits_.end() && n->first.starts_with(below) && !filled; ++n) {
            filled = n->second.has_value();
        }
        for (cursor.seek(below); !filled && cursor.valid() && cursor.path().starts_with(below);
             cursor.next()) {
            const auto edit = edit_of(cursor.path());
            filled = edit == edits_.end() || edit->second.has_value();
        }
        if (!filled) {
            if (at->second->kind == EntryKind::empty_dir) {
                const auto* there = find(path);
                if (there != nullptr && there->kind != EntryKind::empty_dir) {
                    clash(path, "file");
                }
            }
        } else if (at->second->kind == EntryKind::empty_dir) {
            at->second.reset(); // it is no empty folder; what is there stays
        } else {
            clash(path, "folder");
        }
    }
    for (auto& path : cleared) {
        edits_[path] = std::nullopt;
    }
    TreeEditor editor(nodes_, *writer_, tree_.root);
    for (const auto& [path, entry] : edits_) {
        if (entry) {
            editor.put(path, *entry);
        } else {
            editor.remove(path);
        }
    }
    tree_ = editor.finish();
    edits_.clear();
    edit_bytes_ = 0;
}

bool EditSession::has_already(const std::string& path, const Entry& entry) {
    if (base_.entries == 0) {
        return false;
    }
    const auto there = tree_find(nodes_, base_.root, path);
    return there && there->hash == entry.hash && there->size == entry.size;
}

std::optional<Entry> EditSession::find(const std::string& path) {
    if (const auto at = edits_.find(path); at != edits_.end()) {
        return at->second;
    }
    return tree_find(nodes_, tree_.root, path);
}

bool EditSession::put_before(const std::string& path) {
    if (const auto at = edits_.find(path); at != edits_.end()) {
        return at->second.has_value();
    }
    if (tree_.root == base_.root) {
        return false;
    }
    const auto now = tree_find(nodes_, tree_.root, path);
    return now && now != tree_find(nodes_, base_.root, path);
}

Entry EditSession::add_bytes(const std::string& path, EntryKind kind, ByteView bytes) {
    std::size_t at = 0;
    return add_content(path, kind, bytes.size(), [&](char* to, std::size_t n) {
        n = std::min(n, bytes.size() - at);
        bytes.copy(to, n, at);
        at += n;
        return n;
    });
}

Entry EditSession::add_content(const std::string& path, EntryKind kind, std::uint64_t size,
                               const std::function<std::size_t(char*, std::size_t)>& read) {
    buffer_.resize(read_bytes);
    std::size_t have = 0;
    bool at_end = false;
    const auto fill = [&] {
        while (!at_end && have < buffer_.size()) {
            context_.check_stop();
            const auto got = read(buffer_.data() + have, buffer_.size() - have);
            at_end = got == 0;
            have += got;
            context_.progress.advance(0, got);
        }
    };
    fill();
    // As in every store: what is not larger than an average chunk is one chunk.
    if (at_end && have <= params_.chunks.avg_size) {
        const ByteView bytes(buffer_.data(), have);
        const Entry entry{kind, have, sha256(bytes)};
        if (have > 0 && !has_already(path, entry)) {
            staged_.begin_file(path, have);
            staged_.add_chunk(entry.hash, bytes);
            staged_.end_file(entry.hash, have);
        }
        return entry;
    }
    Sha256Stream whole;
    std::uint64_t total = 0;
    staged_.begin_file(path, std::max<std::uint64_t>(size, have));
    try {
        while (have > 0) {
            std::size_t begin = 0;
            while (begin < have && (at_end || have - begin >= params_.chunks.max_size)) {
                const auto length = chunker_.cut(ByteView(buffer_.data() + begin, have - begin));
                const ByteView chunk(buffer_.data() + begin, length);
                whole.update(chunk);
                staged_.add_chunk(sha256(chunk), chunk);
                begin += length;
            }
            total += begin;
            if (total > max_file_size) {
                throw Error(ErrorKind::failure,
                            fmt::format("'{}' has more than 1 TiB and cannot be taken", printable(path)),
                            "cut it into several files");
            }
            buffer_.erase(0, begin);
            have -= begin;
            buffer_.resize(read_bytes);
            fill();
        }
    } catch (...) {
        staged_.abandon_file();
        throw;
    }
    const Entry entry{kind, total, whole.finish()};
    staged_.end_file(entry.hash, entry.size);
    return entry;
}

TreeInfo EditSession::finish() {
    apply();
    staged_.finish();
    return tree_;
}

} // namespace ds
