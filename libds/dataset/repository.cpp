#include "dataset/repository.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "codec/json.hpp"
#include "model/tree_edits.hpp"
#include "os/writer_mark.hpp"
#include "store/large_file.hpp"

#include <fmt/format.h>

#include <mutex>

namespace ds {

namespace {

/// Local content first; the registries are opened only when something is not held here.
class RepositoryContent final : public ContentSource {
  public:
    RepositoryContent(Repository& repository, const Sha256& tree) : repository_(repository), tree_(tree) {}

    void stream(std::string_view path, const Entry& entry,
                const std::function<void(ByteView)>& sink) override {
        source(entry).stream(path, entry, sink);
    }
    void stream_whole(std::string_view path, const Entry& entry,
                      const std::function<void(ByteView)>& sink) override {
        source(entry).stream_whole(path, entry, sink);
    }
    void stream_range(std::string_view path, const Entry& entry, std::uint64_t offset, std::uint64_t length,
                      const std::function<void(ByteView)>& sink) override {
        source(entry).stream_range(path, entry, offset, length, sink);
    }
    /// Nothing is asked of the index twice while all is held here, as it is for most.
    [[nodiscard]] Prepared prepare(std::span<const Wanted> next) override {
        LazyContent* lazy = nullptr;
        {
            const std::lock_guard guard(mutex_);
            lazy = lazy_.get();
        }
        return lazy != nullptr ? lazy->prepare(next) : nullptr;
    }

  private:
    ContentSource& source(const Entry& entry) {
        if (entry.size == 0 || repository_.store().has_content(entry)) {
            return repository_.store();
        }
        const std::lock_guard guard(mutex_);
        if (!lazy_) {
            lazy_ = std::make_unique<LazyContent>(repository_.store(), remotes());
        }
        return *lazy_;
    }

    std::vector<std::shared_ptr<RegistryVersion>> remotes() {
        std::vector<std::shared_ptr<RegistryVersion>> exact;
        std::vector<std::shared_ptr<RegistryVersion>> others;
        for (const auto& version : repository_.remote_versions()) {
            const auto* roots = version.roots();
            if (roots == nullptr) {
                continue;
            }
            try {
                auto& registry = repository_.session().registry(version.registry);
                auto& list = roots->tree.root == tree_ ? exact : others;
                list.push_back(std::make_shared<RegistryVersion>(registry, repository_.name().ns(), *roots));
            } catch (const Error& error) {
                repository_.context().log.warn(
                    fmt::format("registry '{}' cannot be asked: {}", version.registry, error.message()));
            }
        }
        exact.insert(exact.end(), others.begin(), others.end());
        return exact;
    }

    Repository& repository_;
    Sha256 tree_;
    std::mutex mutex_;
    std::unique_ptr<LazyContent> lazy_;
};

LargeFiles large_files(Config& config) {
    const std::string wish = config.get("store.large-files").value_or("auto");
    if (wish == "copy") {
        return LargeFiles::copy;
    }
    if (wish == "reference") {
        return LargeFiles::reference;
    }
    if (wish != "auto") {
        throw Error(ErrorKind::usage, fmt::format("store.large-files is '{}'", printable(wish)),
                    "dsctl config set store.large-files auto|copy|reference");
    }
    return LargeFiles::automatic;
}

} // namespace

std::optional<std::string> Repository::discover(const std::string& from) {
    if (const auto dir = env("DSCTL_DIR")) {
        return absolute_path(*dir);
    }
    std::string folder = absolute_path(from);
    for (;;) {
        const std::string candidate = (folder == "/" ? "" : folder) + "/.dsctl";
        if (path_exists(candidate + "/format")) {
            return candidate;
        }
        if (folder == "/") {
            return std::nullopt;
        }
        const auto slash = folder.rfind('/');
        folder = slash == 0 ? "/" : folder.substr(0, slash);
    }
}

std::string write_format_hint(const std::string& dir) {
    const auto line = format_line.substr(0, format_line.size() - 1);
    return fmt::format("echo {} >'{}/format' && dsctl fsck", line, printable(dir));
}

Repository::Repository(Session& session, const std::string& dir) : session_(session), dir_(dir) {
    const auto format = try_read_file(dir + "/format", 4096);
    if (!format) {
        throw Error(ErrorKind::not_found, fmt::format("'{}' is not a dsctl checkout", printable(dir)),
                    "dsctl init");
    }
    if (*format != format_line) {
        if (format->starts_with("dsctl-repository ")) {
            throw Error(ErrorKind::failure, fmt::format("'{}' was made by a newer dsctl", printable(dir)),
                        "upgrade dsctl");
        }
        throw CorruptObject(fmt::format("'{}/format' is damaged", printable(dir)), write_format_hint(dir));
    }
    root_ = dir.substr(0, dir.rfind('/'));
    if (root_.empty()) {
        root_ = "/";
    }
    const auto name = session.config().get("dataset.name");
    if (!name) {
        throw CorruptObject(fmt::format("'{}/config' does not name the dataset", printable(dir)),
                            "dsctl config set dataset.name NAMESPACE/NAME");
    }
    try {
        name_ = DatasetName::parse(*name);
    } catch (const Error& error) {
        throw Error(error.kind(), "dataset.name: " + error.message(),
                    "dsctl config set dataset.name NAMESPACE/NAME");
    }
}

Repository::~Repository() = default;

std::string Repository::registry_alias() {
    if (const auto chosen = env("DSCTL_REGISTRY")) {
        return *chosen;
    }
    return session_.config().get("dataset.registry").value_or(session_.default_registry());
}

ObjectStore& Repository::store() {
    if (!store_) {
        store_ = ObjectStore::open(dir_ + "/store", {root_, large_files(session_.config())});
    }
    return *store_;
}

History& Repository::history() {
    if (!history_) {
        history_ = History::open(dir_ + "/git");
    }
    return *history_;
}

Worktree& Repository::worktree() {
    if (!worktree_) {
        worktree_ = std::make_unique<Worktree>(root_, dir_ + "/worktree", store());
        worktree_->show_paths_from(shown_from_);
    }
    return *worktree_;
}

LockFile Repository::lock_only() {
    constexpr unsigned default_wait_s = 10;
    const unsigned wait_ms =
        session_.config().get_seconds("core.lock-timeout").value_or(default_wait_s) * 1000;
    auto lock = LockFile::acquire(dir_ + "/lock", LockFile::Mode::exclusive, wait_ms);
    if (!lock) {
        throw Error(ErrorKind::locked, fmt::format("another dsctl is changing '{}'", printable(root_)),
                    "wait for it to end, then run the same command again");
    }
    return std::move(*lock);
}

LockFile Repository::lock() {
    auto lock = lock_only();
    history().remove_stale_locks();
    for (const char* folder : {"", "/worktree", "/info", "/store", "/store/packs"}) {
        remove_old_temporaries(dir_ + folder);
    }
    if (const auto remotes = dir_ + "/remotes"; path_exists(remotes)) {
        for (const auto& registry : list_dir(remotes)) {
            remove_old_temporaries(remotes + "/" + registry);
        }
    }
    remove_leftovers(dir_ + "/worktree", root_, context());
    return lock;
}

TreeInfo Repository::tree_of(const std::optional<CommitId>& commit) {
    return commit ? history().read_commit(*commit).data.tree : empty_tree();
}

TreeInfo Repository::held_tree_of(const CommitId& commit) {
    const auto tree = tree_of(commit);
    if (tree.entries > 0 && !store().has(ObjectKind::tree, tree.root)) {
        throw Error(
            ErrorKind::not_found,
            fmt::format("the file list of commit {} is not here: registries keep those of versions, and of "
                        "the commits between them where they differ by at most {}",
                        commit.short_hex(), human_bytes(max_edits_bytes)),
            "name a version instead: dsctl versions");
    }
    return tree;
}

TreeInfo Repository::head_tree() {
    return tree_of(history().current().commit);
}

const VersionRoots* Repository::RemoteVersion::roots() const {
    if (record) {
        return &record->roots;
    }
    return head && head->roots ? &*head->roots : nullptr;
}

namespace {
/// By the document's own schema: a head may have a whole record in it, that of a publication under way.
bool is_record(ByteView text, const std::string& path) {
    const auto json = Json::parse(text, path);
    const auto* const schema = json.find("schema");
    return schema != nullptr && schema->is_string() && schema->str().starts_with("dsctl.record/");
}
} // namespace

std::vector<Repository::RemoteVersion> Repository::remote_versions(const OnDamagedFile& damaged) {
    std::vector<RemoteVersion> result;
    const std::string base = dir_ + "/remotes";
    if (!path_exists(base)) {
        return result;
    }
    for (const auto& registry : list_dir(base)) {
        for (const auto& version : list_dir(base + "/" + registry)) {
            if (version.starts_with(".")) {
                continue; // not a document: what else was seen there
            }
            const auto path = base + "/" + registry + "/" + version;
            const auto text = try_read_file(path, max_document_bytes);
            if (!text) {
                continue;
            }
            RemoteVersion remote{registry, version, {}, {}};
            try {
                if (is_record(*text, path)) {
                    remote.record = Record::parse(*text, path);
                } else {
                    remote.head = Head::parse(*text, path);
                }
            } catch (const CorruptObject& error) {
                if (!damaged) {
                    throw CorruptObject(error.message(), "dsctl fsck --repair");
                }
                damaged(path, error);
                continue;
            }
            result.push_back(std::move(remote));
        }
    }
    return result;
}

void Repository::save_remote(const std::string& registry, const std::string& version,
                             const std::string& document) {
    const std::string folder = dir_ + "/remotes/" + registry;
    make_dirs(folder);
    if (document.empty()) {
        remove_file(folder + "/" + version);
    } else {
        write_file_atomic(folder + "/" + version, document);
    }
}

bool Repository::knows_remote(const std::string& registry, const std::string& version) const {
    return path_exists(dir_ + "/remotes/" + registry + "/" + version);
}

namespace {
constexpr const char* catalog_file = ".catalog"; // no version begins with a dot
constexpr std::uint64_t max_saved_catalog = 16u << 20;
} // namespace

void Repository::save_catalog(Registry& registry) {
    if (const auto catalog = registry.catalog(name())) {
        save_remote(registry.alias(), catalog_file, catalog->text());
    }
}

std::optional<Catalog> Repository::saved_catalog(const std::string& registry) {
    const auto path = dir_ + "/remotes/" + registry + "/" + catalog_file;
    try {
        const auto text = try_read_file(path, max_saved_catalog);
        return text ? std::optional(Catalog::parse(*text, path)) : std::nullopt;
    } catch (const CorruptObject&) {
        return std::nullopt; // remarks only, which the next fetch brings again
    }
}

std::string Repository::next_draft_command(const VersionName& version,
                                           const std::optional<std::string>& inherit) {
    const auto& text = version.str();
    const auto begin = text.find_last_not_of("0123456789") + 1; // npos + 1: all of it
    std::string next = "NEW-VERSION";
    constexpr std::size_t max_digits = 9; // a date or a counter, and no overflow
    if (begin < text.size() && text.size() - begin <= max_digits) {
        const auto number = std::stoul(text.substr(begin));
        constexpr unsigned tries = 100;
        for (unsigned i = 1; i <= tries; ++i) {
            const auto candidate =
                fmt::format("{}{:0{}}", text.substr(0, begin), number + i, text.size() - begin);
            if (VersionName::valid(candidate) && !history().resolve(candidate) &&
                !history().remote(registry_alias(), candidate)) {
                next = candidate;
                break;
            }
        }
    }
    return fmt::format("dsctl draft {} --inherit {}", next, inherit.value_or(text));
}

std::unique_ptr<ContentSource> Repository::content(const Sha256& tree) {
    return std::make_unique<RepositoryContent>(*this, tree);
}

bool Repository::holds_changes(const Sha256& tree) {
    const auto wanted = wanted_here();
    bool held = true;
    try {
        tree_diff(store(), worktree().staged().root, store(), tree, [&](const TreeChange& change) {
            held = change.after == nullptr || (wanted && !wanted(change.path, *change.after)) ||
                   store().has_content(*change.after);
            return held;
        });
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        held = false; // a tree of which not even the nodes are here
    }
    return held;
}

void Repository::ensure_content(const Sha256& tree) {
    if (!holds_changes(tree)) {
        fetch_content_of(tree);
    }
}

void Repository::fetch_content_of(const Sha256& tree) {
    for (const auto& version : remote_versions()) {
        const auto* roots = version.roots();
        if (roots == nullptr || roots->tree.root != tree) {
            continue;
        }
        RegistryVersion remote(session_.registry(version.registry), name_->ns(), *roots, &store());
        TransferStats stats;
        fetch_tree(remote, store(), context(), stats);
        fetch_content(remote, store(), wanted_here(), context(), stats);
        return;
    }
}

WantedContent Repository::wanted_here() {
    const auto filter = worktree().filter();
    const bool keep_large = large_files(session_.config()) != LargeFiles::reference;
    if (filter.empty() && keep_large) {
        return {};
    }
    return [filter, keep_large](std::string_view path, const Entry& entry) {
        return (keep_large || entry.size <= large_file_bytes) && filter.wants(path);
    };
}

} // namespace ds
