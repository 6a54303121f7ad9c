// What differs between two states of a dataset: paths, texts line by line, tables row by row.
#include "base/path.hpp"
#include "base/table_rows.hpp"
#include "dataset/versions.hpp"
#include "os/beneath.hpp"
#include "worktree/compare.hpp"

#include <fmt/format.h>

#include <memory>
#include <unordered_map>

namespace ds {

namespace {

constexpr std::uint64_t max_text_bytes = 1u << 20;

/// New nodes in memory above a store: a tree that nobody wants to keep. O(changes) nodes.
class OverlayNodes final : public NodeSource, public NodeSink {
  public:
    explicit OverlayNodes(NodeSource& below) : below_(below) {}
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override {
        const auto it = nodes_.find(id);
        return it != nodes_.end() ? it->second : below_.load_node(id);
    }
    void save_node(const Sha256& id, ByteView bytes) override {
        nodes_.emplace(id, std::make_shared<const ByteString>(bytes));
    }

  private:
    NodeSource& below_;
    std::unordered_map<Sha256, std::shared_ptr<const ByteString>> nodes_;
};

/// The work tree's tracked files as a tree: the staged tree with what differs from it.
TreeInfo worktree_tree(Repository& repository, OverlayNodes& nodes, const std::vector<std::string>& paths) {
    auto& worktree = repository.worktree();
    const auto staged = worktree.staged();
    TreeEditor editor(nodes, nodes, staged.root);
    StatusOptions options;
    options.paths = paths;
    options.untracked = StatusOptions::Untracked::no;
    StatusVisitor visitor;
    visitor.untracked = [](const std::string&) {};
    visitor.warning = [](const std::string&, const std::string&) {};
    visitor.unstaged = [&](const Change& change) {
        const auto entry = change.kind == ChangeKind::deleted
                               ? std::nullopt
                               : worktree.entry_of(change.path, repository.context());
        if (entry) {
            editor.put(change.path, *entry);
        } else {
            editor.remove(change.path);
        }
    };
    worktree.status(options, repository.context(), visitor);
    return editor.finish();
}

std::optional<std::string> text_of(ContentSource& content, const std::string& path,
                                   const std::optional<Entry>& entry) {
    if (!entry || entry->size > max_text_bytes || entry->kind == EntryKind::empty_dir) {
        return std::nullopt;
    }
    std::string text;
    content.stream(path, *entry, [&](ByteView bytes) { text.append(bytes); });
    if (looks_binary(text)) {
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> worktree_text(Repository& repository, const std::string& path,
                                         const std::optional<Entry>& entry) {
    if (!entry || entry->size > max_text_bytes || entry->kind == EntryKind::empty_dir) {
        return std::nullopt;
    }
    const auto full = repository.root() + "/" + path;
    auto text = entry->kind == EntryKind::symlink ? read_link(full) : read_file(full, max_text_bytes);
    if (looks_binary(text)) {
        return std::nullopt;
    }
    return text;
}

/// A side of a change as a table that can be read in part: in a version, or as it lies in the work tree.
RowSource version_rows(ContentSource& content, const std::string& path, const Entry& entry) {
    return {[&content, path, entry](const std::function<void(ByteView)>& sink) {
                content.stream(path, entry, sink);
            },
            [&content, path, entry](std::uint64_t offset, std::uint64_t length) {
                ByteString out;
                content.stream_range(path, entry, offset, length, [&](ByteView piece) { out.append(piece); });
                return out;
            }};
}

RowSource worktree_rows(Repository& repository, const std::string& path) {
    constexpr std::size_t piece_bytes = 256 * 1024;
    const auto file = std::make_shared<const Fd>(BeneathDir(repository.root()).open_read(path));
    return {[file, path](const std::function<void(ByteView)>& sink) {
                ByteString piece(piece_bytes, '\0');
                std::uint64_t at = 0;
                while (const std::size_t n = pread_full(file->get(), piece.data(), piece.size(), at, path)) {
                    sink(ByteView(piece).substr(0, n));
                    at += n;
                }
            },
            [file, path](std::uint64_t offset, std::uint64_t length) {
                ByteString out(length, '\0');
                out.resize(pread_full(file->get(), out.data(), out.size(), offset, path));
                return out;
            }};
}

/// Both sides of a change are files and tables of one form.
std::optional<TableForm> common_form(const Change& change) {
    const auto is_file = [](const std::optional<Entry>& entry) {
        return entry && (entry->kind == EntryKind::file || entry->kind == EntryKind::executable);
    };
    const auto form = table_form_of(change.path);
    const bool same = change.old_path.empty() || table_form_of(change.old_path) == form;
    return is_file(change.before) && is_file(change.after) && same ? form : std::nullopt;
}

} // namespace

void diff(Repository& repository, const DiffRequest& request,
          const std::function<void(const DiffItem&)>& visit) {
    auto& worktree = repository.worktree();
    OverlayNodes nodes(repository.store());
    const auto paths = request.paths.empty() ? std::vector<std::string>{std::string()} : request.paths;
    const auto tree = [&](const std::string& revision) {
        return repository.held_tree_of(repository.resolve(revision));
    };

    const TreeInfo before = request.from_nothing ? empty_tree()
                            : request.a          ? tree(*request.a)
                            : request.staged     ? repository.head_tree()
                                                 : worktree.staged();
    const bool after_is_worktree = !request.b && !request.staged;
    const TreeInfo after = request.b        ? tree(*request.b)
                           : request.staged ? worktree.staged()
                                            : worktree_tree(repository, nodes, paths);
    const auto before_content = repository.content(before.root);
    const auto after_content = repository.content(after.root);
    CompareOptions options;
    options.paths = paths;
    compare_trees(nodes, before.root, after.root, options, [&](const Change& change) {
        DiffItem item{change, {}, {}, {}};
        item.before_text = [&] {
            return text_of(*before_content, change.old_path.empty() ? change.path : change.old_path,
                           change.before);
        };
        item.after_text = [&] {
            return after_is_worktree ? worktree_text(repository, change.path, change.after)
                                     : text_of(*after_content, change.path, change.after);
        };
        if (const auto form = common_form(change)) {
            item.rows = [&, form](const std::vector<std::string>& key, const auto& begin, const auto& row) {
                const auto& old_path = change.old_path.empty() ? change.path : change.old_path;
                const ProgressScope progress(repository.context().progress, "comparing rows");
                try {
                    return diff_rows(
                        version_rows(*before_content, old_path, *change.before),
                        after_is_worktree ? worktree_rows(repository, change.path)
                                          : version_rows(*after_content, change.path, *change.after),
                        {*form, key, env("TMPDIR").value_or("/tmp")}, repository.context(), begin, row);
                } catch (const RowError& error) {
                    throw Error(error.kind(),
                                fmt::format("'{}': {}", printable(change.path), error.message()),
                                "dsctl diff --rows --key COLUMN -- PATH");
                }
            };
        }
        visit(item);
    });
}

} // namespace ds
