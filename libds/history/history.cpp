// Opening a repository; reading and writing its objects.
#include "history/history.hpp"

#include "base/path.hpp"
#include "history/history_impl.hpp"
#include "history/object_database.hpp"
#include "history/sync_together.hpp"
#include "os/file.hpp"

#include <array>
#include <fmt/format.h>
#include <functional>
#include <git2/sys/repository.h>
#include <pwd.h>
#include <unistd.h>

namespace ds {

namespace {

/// The configuration of the git repository: bare, and reflogs although it is.
constexpr std::string_view git_config_text = "[core]\n"
                                             "\trepositoryformatversion = 0\n"
                                             "\tfilemode = true\n"
                                             "\tbare = true\n"
                                             "\tlogallrefupdates = true\n";

/// All of a new repository's.
constexpr std::array folders = {"objects/pack", "objects/info", "refs/heads",      "refs/tags",
                                "refs/remotes", "info",         "logs/refs/heads", "logs/refs/remotes"};
/// What HEAD says where nobody knows what it said: a ref that is no version's.
constexpr std::string_view lost_head_text = "ref: refs/lost\n";

std::string user_name(uid_t uid) {
    const auto* entry = ::getpwuid(uid);
    return entry == nullptr ? fmt::format("user {}", uid) : printable(entry->pw_name);
}

/// Whoever owns the files decides what they make a reader do, so only our own are opened; root may.
void check_owner(const std::string& path) {
    const auto st = try_stat(path);
    if (!st) {
        throw CorruptObject(fmt::format("'{}' is missing", printable(path)), "dsctl fsck --repair");
    }
    const uid_t self = ::geteuid();
    if (self != 0 && st->st_uid != self) {
        throw Error(ErrorKind::failure,
                    fmt::format("'{}' belongs to {}, not to you ({})", printable(path), user_name(st->st_uid),
                                user_name(self)),
                    fmt::format("run dsctl as {}, or clone the dataset for yourself", user_name(st->st_uid)));
    }
}

git::RepositoryHandle open_repository(const std::string& path) {
    git::start_library();
    check_owner(path);
    git_repository* raw = nullptr;
    if (git_repository_open_bare(&raw, path.c_str()) < 0) {
        throw CorruptObject(
            fmt::format("'{}' is not a sound repository: {}", printable(path), git::last_message()),
            "dsctl fsck --repair");
    }
    return git::RepositoryHandle(raw);
}

git::OdbHandle open_odb(git_repository* repository, const std::string& path) {
    auto odb = git::open_objects(path + "/objects");
    git::check(git_repository_set_odb(repository, odb.get()), "cannot open the history");
    return odb;
}

bool is_temporary_object(const std::string& name) {
    return name.starts_with("tmp_") || name.starts_with("pack_git2_") || name.ends_with(".lock");
}

void remove_files(const std::string& dir, bool (*leftover)(const std::string&)) {
    for (const auto& name : list_dir(dir)) {
        if (leftover(name)) {
            const auto file = dir + "/" + name;
            if (const auto st = try_lstat(file); st && S_ISREG(st->st_mode)) {
                remove_file(file);
            }
        }
    }
}

bool is_lock(const std::string& name) {
    return name.ends_with(".lock");
}

/// Folders of refs are nested at most this deep: refs/remotes/<registry>.
constexpr int max_ref_depth = 8;

void remove_locks_below(const std::string& dir, int depth) {
    remove_files(dir, is_lock);
    for (const auto& name : list_dir(dir)) {
        const auto path = dir + "/" + name;
        if (const auto st = try_lstat(path); st && S_ISDIR(st->st_mode) && depth < max_ref_depth) {
            remove_locks_below(path, depth + 1);
        }
    }
}

} // namespace

History::Impl::Impl(std::string repository_path)
    : path(std::move(repository_path)), repository(open_repository(path)),
      odb(open_odb(repository.get(), path)), writer(repository.get(), odb.get(), path + "/objects") {}

Commit History::Impl::read_commit(git_odb* odb, const CommitId& id) {
    const auto bytes = git::read_object(odb, id, GIT_OBJECT_COMMIT);
    if (!bytes) {
        throw Error(ErrorKind::not_found, fmt::format("there is no commit {} here", id.hex()), "dsctl log");
    }
    auto text = git::parse_commit_text(*bytes, "commit " + id.hex());
    const auto part = [&](const CommitId& object, git_object_t type) {
        auto found = git::read_object(odb, object, type);
        if (!found) {
            throw CorruptObject(
                fmt::format("commit {} is incomplete: object {} is missing", id.hex(), object.hex()),
                "dsctl fsck --repair");
        }
        return std::move(*found);
    };
    const auto blob =
        git::parse_tree_text(part(text.tree, GIT_OBJECT_TREE), "the tree of commit " + id.hex());
    auto dataset = git::parse_dataset_text(part(blob, GIT_OBJECT_BLOB), "the dataset of commit " + id.hex());
    return {id,
            {dataset.tree, std::move(text.parents), std::move(dataset.origin), std::move(text.who),
             std::move(text.message)}};
}

git::TagText History::Impl::read_tag(git_odb* odb, const CommitId& id) {
    const auto bytes = git::read_object(odb, id, GIT_OBJECT_TAG);
    if (!bytes) {
        throw CorruptObject(fmt::format("tag object {} is missing", id.hex()), "dsctl fsck --repair");
    }
    return git::parse_tag_text(*bytes, "tag object " + id.hex());
}

bool History::Impl::has_commit(const CommitId& id) const {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    const auto oid = git::to_oid(id);
    const int code = git_odb_read_header(&size, &type, odb.get(), &oid);
    return code == 0 && type == GIT_OBJECT_COMMIT;
}

void History::Impl::need_commit(const CommitId& id) const {
    if (!has_commit(id)) {
        // A damaged one says so here.
        static_cast<void>(read_commit(odb.get(), id));
    }
}

std::optional<CommitId> History::Impl::peel(const CommitId& id) const {
    const auto object = git::read_object(odb.get(), git::to_oid(id));
    if (!object) {
        return std::nullopt;
    }
    if (object->type == GIT_OBJECT_TAG) {
        return git::parse_tag_text(object->bytes, "tag object " + id.hex()).commit;
    }
    return object->type == GIT_OBJECT_COMMIT ? std::optional(id) : std::nullopt;
}

void History::create(const std::string& path, const VersionName& first) {
    if (path_exists(path)) {
        throw Error(ErrorKind::failure, fmt::format("'{}' exists already", printable(path)));
    }
    // A bare repository is these files; made here because libgit2 would leave some of them unsynced.
    make_dirs(path);
    for (const char* dir : folders) {
        make_dirs(path + "/" + dir);
    }
    const auto text_of_head = fmt::format("ref: {}{}\n", draft_refs, first.str());
    std::vector<git::NewFile> files;
    std::vector<std::function<void()>> syncs;
    for (const auto& [name, text] :
         {std::pair<std::string, std::string_view>{"config", git_config_text}, {"HEAD", text_of_head}}) {
        files.emplace_back(path + "/tmp_" + name, path + "/" + name, 0644).write(text);
    }
    syncs.reserve(files.size());
    for (auto& file : files) {
        syncs.emplace_back([&file] { file.sync(); });
    }
    git::sync_together(syncs);
    for (auto& file : files) {
        file.install();
    }
    syncs.clear();
    const auto slash = path.rfind('/');
    const auto parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    for (const auto& dir :
         {path + "/objects", path + "/refs", path + "/logs/refs", path + "/logs", path, parent}) {
        syncs.emplace_back([dir] { sync_dir(dir); });
    }
    git::sync_together(syncs);
}

std::vector<std::string> History::restore_frame(const std::string& path) {
    std::vector<std::string> made;
    for (const std::string dir : folders) {
        if (const auto top = dir.substr(0, dir.find('/')); !path_exists(path + "/" + top)) {
            made.push_back(top);
        }
        make_dirs(path + "/" + dir);
    }
    for (const auto& [name, text] :
         {std::pair<std::string, std::string_view>{"config", git_config_text}, {"HEAD", lost_head_text}}) {
        if (!path_exists(path + "/" + name)) {
            write_file_atomic(path + "/" + name, text);
            made.push_back(name);
        }
    }
    return made;
}

History::History(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
History::~History() = default;

std::unique_ptr<History> History::open(const std::string& path) {
    return std::unique_ptr<History>(new History(std::make_unique<Impl>(path)));
}

const std::string& History::path() const noexcept {
    return impl_->path;
}

void History::remove_stale_locks() {
    remove_files(impl_->path, is_lock);
    remove_files(impl_->path + "/objects", is_temporary_object);
    remove_files(impl_->path + "/objects/pack", is_temporary_object);
    for (const char* dir : {"/refs", "/logs"}) {
        if (path_exists(impl_->path + dir)) {
            remove_locks_below(impl_->path + dir, 0);
        }
    }
}

void History::flush() {
    impl_->writer.flush();
}

CommitId History::write_commit(const CommitData& data) {
    for (const auto& parent : data.parents) {
        impl_->need_commit(parent);
    }
    const auto blob = impl_->writer.put(GIT_OBJECT_BLOB, git::write_dataset_text({data.tree, data.origin}));
    const auto tree = impl_->writer.put(GIT_OBJECT_TREE, git::write_tree_text(git::to_id(blob)));
    return git::to_id(impl_->writer.put(
        GIT_OBJECT_COMMIT,
        git::write_commit_text({git::to_id(tree), data.parents, data.author, data.message})));
}

Commit History::read_commit(const CommitId& id) {
    return Impl::read_commit(impl_->odb.get(), id);
}

bool History::has_commit(const CommitId& id) {
    return !id.is_null() && impl_->has_commit(id);
}

namespace {

/// Hostile input. @throws CorruptObject
void check_received(git_odb* odb, const RawObject& object) {
    const auto need = [&](const CommitId& id, git_object_t type, std::string_view what) {
        if (!git::read_object(odb, id, type)) {
            throw CorruptObject(
                fmt::format("{} refers to object {}, which did not come before it", what, id.hex()));
        }
    };
    switch (object.type) {
    case GIT_OBJECT_COMMIT: {
        const auto commit = git::parse_commit_text(object.bytes, "a received commit");
        need(commit.tree, GIT_OBJECT_TREE, "a received commit");
        for (const auto& parent : commit.parents) {
            need(parent, GIT_OBJECT_COMMIT, "a received commit");
        }
        break;
    }
    case GIT_OBJECT_TREE:
        need(git::parse_tree_text(object.bytes, "a received tree"), GIT_OBJECT_BLOB, "a received tree");
        break;
    case GIT_OBJECT_BLOB:
        static_cast<void>(git::parse_dataset_text(object.bytes, "a received dataset"));
        break;
    case GIT_OBJECT_TAG:
        need(git::parse_tag_text(object.bytes, "a received tag").commit, GIT_OBJECT_COMMIT, "a received tag");
        break;
    default:
        throw CorruptObject(fmt::format("a received history object is of an unknown type ({})", object.type));
    }
}

} // namespace

CommitId History::import_object(const RawObject& object) {
    try {
        check_received(impl_->odb.get(), object);
    } catch (const CorruptObject& error) {
        throw CorruptObject(error.message()); // of who sent it: no repair here helps
    }
    return git::to_id(impl_->writer.put(static_cast<git_object_t>(object.type), object.bytes));
}

} // namespace ds
