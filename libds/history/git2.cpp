// libgit2's handles and errors in the terms of this library.
#include "history/git2.hpp"

#include "base/path.hpp"
#include "history/object_text.hpp"

#include <fmt/format.h>

namespace ds::git {

namespace {

/// Options of libgit2 are global to the process, so they are set once, by whoever comes first.
class Library {
  public:
    Library() {
        if (git_libgit2_init() < 0) {
            throw Error(ErrorKind::failure, "cannot start libgit2: " + last_message());
        }
        // The user's configuration of git must not change what a repository of ours does.
        for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                GIT_CONFIG_LEVEL_GLOBAL}) {
            check(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, ""), "cannot set up libgit2");
        }
        // Without it nothing is synced, and a power cut takes acknowledged commits.
        check(git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1), "cannot set up libgit2");
        // History::open checks the owner itself, the same way for every kind of open.
        check(git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0), "cannot set up libgit2");
        // The default is 256 MiB, the whole budget of a command.
        check(git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(16) << 20),
              "cannot set up libgit2");
    }
    ~Library() { git_libgit2_shutdown(); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
};

std::string_view type_name(git_object_t type) {
    switch (type) {
    case GIT_OBJECT_COMMIT:
        return "commit";
    case GIT_OBJECT_TREE:
        return "tree";
    case GIT_OBJECT_BLOB:
        return "blob";
    case GIT_OBJECT_TAG:
        return "tag";
    default:
        return "object";
    }
}

[[noreturn]] void damaged(const git_oid& oid, int code) {
    const auto* error = git_error_last();
    const auto what = fmt::format("cannot read history object {}", to_id(oid).hex());
    if (code != GIT_EMISMATCH && error != nullptr &&
        (error->klass == GIT_ERROR_OS || error->klass == GIT_ERROR_NOMEMORY)) {
        throw error_of(code, what);
    }
    throw CorruptObject(fmt::format("history object {} is damaged: {}", to_id(oid).hex(), last_message()),
                        "dsctl fsck --repair");
}

} // namespace

void start_library() {
    static const Library library;
}

std::string last_message() {
    const auto* error = git_error_last();
    return error == nullptr || error->message == nullptr ? "unknown reason" : printable(error->message);
}

Error error_of(int code, std::string_view action) {
    const auto* last = git_error_last();
    const int error_class = last == nullptr ? GIT_ERROR_NONE : last->klass;
    const auto message = fmt::format("{}: {}", action, last_message());
    std::string hint;
    ErrorKind kind = ErrorKind::failure;
    switch (code) {
    case GIT_ENOTFOUND:
        kind = ErrorKind::not_found;
        break;
    case GIT_EEXISTS:
    case GIT_EMODIFIED:
        kind = ErrorKind::conflict;
        break;
    case GIT_ELOCKED:
        kind = ErrorKind::locked;
        hint = "wait for the other dsctl to end, then run the same command again";
        break;
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
        kind = ErrorKind::usage;
        break;
    case GIT_EMISMATCH:
        kind = ErrorKind::corrupt;
        hint = "dsctl fsck --repair";
        break;
    default:
        if (error_class == GIT_ERROR_ODB || error_class == GIT_ERROR_OBJECT ||
            error_class == GIT_ERROR_ZLIB || error_class == GIT_ERROR_REFERENCE) {
            kind = ErrorKind::corrupt;
            hint = "dsctl fsck --repair";
        } else if (message.find("No space left") != std::string::npos) {
            hint = "free some space on this file system and run the same command again";
        }
        break;
    }
    return {kind, message, hint};
}

int check(int code, std::string_view action) {
    if (code < 0) {
        throw error_of(code, action);
    }
    return code;
}

git_oid to_oid(const CommitId& id) {
    git_oid oid;
    if (id.is_null() || git_oid_fromstr(&oid, id.hex().c_str()) < 0) {
        throw Error(ErrorKind::usage, "a commit id is missing");
    }
    return oid;
}

CommitId to_id(const git_oid& oid) {
    std::string hex(GIT_OID_HEXSZ, '0');
    git_oid_fmt(hex.data(), &oid);
    return CommitId(std::move(hex));
}

std::optional<StoredObject> read_object(git_odb* odb, const git_oid& oid) {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    // The header first: libgit2 allocates whatever size it claims.
    int code = git_odb_read_header(&size, &type, odb, &oid);
    if (code == GIT_ENOTFOUND) {
        return std::nullopt;
    }
    if (code < 0) {
        damaged(oid, code);
    }
    if (size > max_object_bytes) {
        throw CorruptObject(
            fmt::format("history object {} has {} bytes, more than any has", to_id(oid).hex(), size),
            "dsctl fsck --repair");
    }
    git_odb_object* raw = nullptr;
    code = git_odb_read(&raw, odb, &oid);
    if (code < 0) {
        damaged(oid, code);
    }
    const OdbObjectHandle object(raw);
    return StoredObject{
        git_odb_object_type(raw),
        std::string(static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw))};
}

std::optional<std::string> read_object(git_odb* odb, const CommitId& id, git_object_t type) {
    auto object = read_object(odb, to_oid(id));
    if (!object) {
        return std::nullopt;
    }
    if (object->type != type) {
        throw CorruptObject(fmt::format("history object {} is a {} where a {} was expected", id.hex(),
                                        type_name(object->type), type_name(type)),
                            "dsctl fsck --repair");
    }
    return std::move(object->bytes);
}

} // namespace ds::git
