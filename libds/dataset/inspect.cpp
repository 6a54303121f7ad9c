#include "dataset/inspect.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/signing.hpp"
#include "dataset/upkeep.hpp"
#include "dataset/uses.hpp"
#include "transfer/version_nodes.hpp"

#include <fmt/format.h>

namespace ds {

struct VersionView::Impl {
    TreeInfo tree;
    std::string name;
    std::string in;                 ///< what --in takes; empty for the checkout
    Repository* checkout = nullptr; ///< unless it is of another version
    std::int64_t time = 0;
    NodeSource* nodes = nullptr;
    ContentSource* content = nullptr;
    std::unique_ptr<ContentSource> owned_content;
    std::optional<ResolvedVersion> resolved;
    std::unique_ptr<BlockCache> cache; ///< outlives `remote`
    std::unique_ptr<RegistryVersion> remote;
};

namespace {

/// The empty tree of a draft nobody has pushed to.
class EmptyNodes final : public NodeSource, public NodeSink {
  public:
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override {
        if (node_ && id == id_) {
            return node_;
        }
        throw Error(ErrorKind::not_found, fmt::format("no tree node {}", id.short_hex()));
    }
    void save_node(const Sha256& id, ByteView bytes) override {
        id_ = id;
        node_ = std::make_shared<const ByteString>(bytes);
    }

  private:
    Sha256 id_;
    std::shared_ptr<const ByteString> node_;
};

EmptyNodes& empty_nodes() {
    static EmptyNodes nodes = [] {
        EmptyNodes made;
        (void)empty_tree(&made);
        return made;
    }();
    return nodes;
}

} // namespace

VersionView::VersionView() : impl_(std::make_unique<Impl>()) {}
VersionView::VersionView(VersionView&&) noexcept = default;
VersionView::~VersionView() = default;
const TreeInfo& VersionView::tree() const {
    return impl_->tree;
}
NodeSource& VersionView::nodes() {
    return *impl_->nodes;
}
ContentSource& VersionView::content() {
    return *impl_->content;
}
std::string VersionView::name() const {
    return impl_->name;
}
const ResolvedVersion* VersionView::resolved() const noexcept {
    return impl_->resolved ? &*impl_->resolved : nullptr;
}

std::string VersionView::shown(std::string_view path) const {
    return impl_->checkout != nullptr ? impl_->checkout->worktree().shown(path)
                                      : printable(path.empty() ? "." : path);
}

std::string VersionView::list_command(std::string_view folder) const {
    return fmt::format("dsctl ls{}{}{}{}", impl_->in.empty() ? "" : " --in ", impl_->in,
                       folder.empty() ? "" : " ", folder.empty() ? "" : shown(folder));
}

std::string VersionView::missing_hint(std::string_view path) const {
    const auto hint =
        impl_->checkout != nullptr ? impl_->checkout->path_of_revision_hint(path) : std::nullopt;
    return hint.value_or(list_command());
}

std::int64_t VersionView::time() const {
    return impl_->time;
}

VersionView VersionView::of_checkout(Repository& repository) {
    VersionView view;
    view.impl_->tree = repository.worktree().staged();
    view.impl_->name = "the checkout";
    view.impl_->checkout = &repository;
    view.impl_->nodes = &repository.store();
    view.impl_->owned_content = repository.content(view.impl_->tree.root);
    view.impl_->content = view.impl_->owned_content.get();
    return view;
}

VersionView VersionView::of_revision(Repository& repository, const std::string& revision) {
    auto view = of_checkout(repository);
    view.impl_->tree = repository.held_tree_of(repository.resolve(revision));
    view.impl_->name = revision;
    view.impl_->in = revision;
    view.impl_->checkout = nullptr;
    view.impl_->owned_content = repository.content(view.impl_->tree.root);
    view.impl_->content = view.impl_->owned_content.get();
    return view;
}

VersionView VersionView::of_ref(Session& session, const DatasetRef& ref, UseCache cache) {
    VersionView view;
    view.impl_->resolved = resolve_ref(session, ref);
    const auto& resolved = *view.impl_->resolved;
    require_signers(session, resolved);
    warn_if_deprecated(session, resolved);
    view.impl_->name = fmt::format("{}:{}", resolved.dataset.str(), resolved.version);
    view.impl_->in = fmt::format("{}/{}", resolved.registry, view.impl_->name);
    view.impl_->time = resolved.time;
    if (resolved.commit.empty()) {
        view.impl_->tree = empty_tree();
        view.impl_->nodes = &empty_nodes();
        return view;
    }
    view.impl_->tree = resolved.roots.tree;
    view.impl_->remote = std::make_unique<RegistryVersion>(session.registry(resolved.registry),
                                                           resolved.dataset.ns(), resolved.roots);
    if (cache == UseCache::yes) {
        view.impl_->cache = std::make_unique<BlockCache>(
            block_cache_dir(), session.config().get_bytes("cache.max-size").value_or(0));
        view.impl_->remote->nodes().reader().use_cache(view.impl_->cache.get());
    }
    view.impl_->nodes = view.impl_->remote.get();
    view.impl_->content = view.impl_->remote.get();
    return view;
}

namespace {

[[noreturn]] void no_such_path(const VersionView& view, const std::string& path) {
    throw Error(ErrorKind::not_found, fmt::format("there is no '{}' in {}", view.shown(path), view.name()),
                view.missing_hint(path));
}

[[noreturn]] void is_folder(const VersionView& view, const std::string& path) {
    throw Error(ErrorKind::usage, fmt::format("'{}' is a folder", view.shown(path)), view.list_command(path));
}

/// The first path behind everything below `folder`.
std::string behind(std::string_view folder) {
    return std::string(folder) + static_cast<char>('/' + 1);
}

} // namespace

void list(VersionView& view, const std::string& path, bool recursive,
          const std::function<void(const ListedEntry&)>& visit) {
    TreeCursor cursor(view.nodes(), view.tree().root);
    if (!path.empty()) {
        cursor.seek(path);
        if (cursor.valid() && cursor.path() == path) {
            visit({path, cursor.entry(), false, 0, 0});
            return;
        }
        cursor.seek(path + "/");
    }
    const std::string prefix = path.empty() ? "" : path + "/";
    bool any = path.empty();
    while (cursor.valid() && std::string_view(cursor.path()).starts_with(prefix)) {
        any = true;
        const auto slash = recursive ? std::string::npos : cursor.path().find('/', prefix.size());
        if (slash == std::string::npos) {
            visit({cursor.path(), cursor.entry(), cursor.entry().kind == EntryKind::empty_dir, 0, 0});
            cursor.next();
            continue;
        }
        const auto folder = cursor.path().substr(0, slash);
        visit({folder, Entry{EntryKind::empty_dir, 0, {}}, true, 0, 0});
        cursor.seek(behind(folder));
    }
    if (!any) {
        no_such_path(view, path);
    }
}

Entry file_entry(VersionView& view, const std::string& path) {
    const auto entry = tree_find(view.nodes(), view.tree().root, path);
    if (!entry) {
        if (path.empty() || tree_has_below(view.nodes(), view.tree().root, path)) {
            is_folder(view, path);
        }
        no_such_path(view, path);
    }
    if (entry->kind == EntryKind::empty_dir) {
        is_folder(view, path);
    }
    return *entry;
}

void cat(VersionView& view, const std::string& path, const std::function<void(ByteView)>& sink) {
    view.content().stream(path, file_entry(view, path), sink);
}

void disk_usage(VersionView& view, const std::string& path, unsigned depth,
                const std::function<void(const Usage&)>& visit) {
    std::vector<Usage> open{{path, 0, 0, 0}}; // the folders on the way to the current path, outermost first
    bool any = path.empty();
    const auto close_until = [&](std::size_t keep) {
        while (open.size() > keep) {
            const auto done = open.back();
            open.pop_back();
            open.back().files += done.files;
            open.back().bytes += done.bytes;
            open.back().folders += done.folders + 1;
            if (open.size() <= depth) {
                visit(done);
            }
        }
    };
    TreeCursor cursor(view.nodes(), view.tree().root);
    const std::string prefix = path.empty() ? "" : path + "/";
    cursor.seek(path);
    if (!path.empty() && !(cursor.valid() && cursor.path() == path)) {
        cursor.seek(prefix);
    }
    for (; cursor.valid(); cursor.next()) {
        const auto& here = cursor.path();
        if (here != path && !std::string_view(here).starts_with(prefix)) {
            break;
        }
        any = true;
        while (open.size() > 1 && !std::string_view(here).starts_with(open.back().path + "/")) {
            close_until(open.size() - 1);
        }
        for (auto slash = here.find('/', open.back().path.empty() ? 0 : open.back().path.size() + 1);
             here != path && slash != std::string::npos; slash = here.find('/', slash + 1)) {
            open.push_back({here.substr(0, slash), 0, 0, 0});
        }
        if (cursor.entry().kind == EntryKind::empty_dir) {
            ++open.back().folders;
        } else {
            ++open.back().files;
            open.back().bytes += cursor.entry().size;
        }
    }
    if (!any) {
        no_such_path(view, path);
    }
    close_until(1);
    visit(open.front());
}

namespace {

bool is_glob(std::string_view path) {
    return path.find_first_of("*?[") != std::string_view::npos;
}

/// The checkout that a folder lies in, locked: its store may hold nothing but references to the files that are
/// to be overwritten.
class CheckoutAround {
  public:
    /// @throws Error(usage) for a folder in .dsctl; Error(locked)
    CheckoutAround(Context& context, const std::string& folder) {
        std::string root = real_path(folder);
        while (!path_exists(root + "/.dsctl/format")) {
            const auto slash = root.rfind('/');
            if (slash == std::string::npos || root == "/") {
                return;
            }
            root.resize(std::max<std::size_t>(slash, 1));
        }
        root = root == "/" ? "" : root;
        path_ = real_path(folder).substr(root.size());
        path_.erase(0, 1);
        if (is_within(path_, ".dsctl")) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is where a checkout keeps its state", printable(folder)),
                        "name another folder: -o DIR");
        }
        session_ = std::make_unique<Session>(context, root + "/.dsctl");
        repository_ = std::make_unique<Repository>(*session_, root + "/.dsctl");
        lock_.emplace(repository_->lock());
    }
    void prepare(WriteOptions& options) {
        if (repository_ == nullptr) {
            return;
        }
        options.marks = repository_->dir() + "/worktree";
        options.replacing = [this](std::string_view path) {
            repository_->store().adopt(path_.empty() ? std::string(path) : fmt::format("{}/{}", path_, path));
        };
    }

  private:
    std::string path_; ///< of the folder below the root
    std::unique_ptr<Session> session_;
    std::unique_ptr<Repository> repository_;
    std::optional<LockFile> lock_;
};

} // namespace

void require_matches(NodeSource& nodes, const Sha256& root, std::vector<std::string> globs,
                     const std::string& name, const std::string& list_command) {
    for (TreeCursor cursor(nodes, root); cursor.valid() && !globs.empty(); cursor.next()) {
        std::erase_if(globs, [&](const std::string& glob) { return glob_match(glob, cursor.path()); });
    }
    if (!globs.empty()) {
        throw Error(ErrorKind::not_found,
                    fmt::format("nothing in {} matches '{}'", name, printable(globs.front())),
                    list_command + " -R");
    }
}

CheckoutResult get(Session& session, const GetOptions& options) {
    auto view = VersionView::of_ref(session, DatasetRef::parse(options.ref));
    WriteOptions write;
    std::vector<std::string> globs;
    std::vector<std::string> plain;
    for (const auto& path : options.paths) {
        // A name that exists as it stands is that name, whatever characters are in it.
        const bool exists = tree_find(view.nodes(), view.tree().root, path) ||
                            tree_has_below(view.nodes(), view.tree().root, path);
        if (exists) {
            plain.push_back(path);
        } else if (is_glob(path)) {
            globs.push_back(path);
        } else {
            no_such_path(view, path);
        }
    }
    if (!globs.empty()) {
        require_matches(view.nodes(), view.tree().root, globs, view.name(), view.list_command());
        write.wanted = [globs, plain](std::string_view path) {
            for (const auto& glob : globs) {
                if (glob_match(glob, path)) {
                    return true;
                }
            }
            for (const auto& folder : plain) {
                if (is_within(path, folder)) {
                    return true;
                }
            }
            return false;
        };
    } else if (!plain.empty()) {
        write.paths = plain;
    }
    make_dirs(options.out);
    if (view.tree().entries == 0) {
        return {};
    }
    CheckoutAround around(session.context(), options.out);
    around.prepare(write);
    auto result =
        write_tree(view.nodes(), view.tree().root, view.content(), options.out, write, session.context());
    record_use(session, *view.resolved(), "get");
    return result;
}

void get_to(Session& session, const std::string& ref, const std::string& path,
            const std::function<void(ByteView)>& sink) {
    auto view = VersionView::of_ref(session, DatasetRef::parse(ref));
    cat(view, path, sink);
    record_use(session, *view.resolved(), "get");
}

} // namespace ds
