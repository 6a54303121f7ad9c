// The one door to libgit2: owned handles, ids, errors. Included by .cpp files of this module only.
#pragma once

#include "base/error.hpp"
#include "history/commit.hpp"

#include <git2.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds::git {

/// Starts libgit2 with the options of this program; call before anything else of it. Thread-safe.
void start_library();

template <auto free_function>
struct Deleter {
    template <class T>
    void operator()(T* handle) const noexcept {
        free_function(handle);
    }
};
template <class T, auto free_function>
using Handle = std::unique_ptr<T, Deleter<free_function>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using OdbObjectHandle = Handle<git_odb_object, git_odb_object_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using RefIteratorHandle = Handle<git_reference_iterator, git_reference_iterator_free>;
using ReflogHandle = Handle<git_reflog, git_reflog_free>;
using RevwalkHandle = Handle<git_revwalk, git_revwalk_free>;
using PackbuilderHandle = Handle<git_packbuilder, git_packbuilder_free>;
using ConfigHandle = Handle<git_config, git_config_free>;
using ConfigIteratorHandle = Handle<git_config_iterator, git_config_iterator_free>;

/// What libgit2 said last on this thread, made printable.
[[nodiscard]] std::string last_message();
/// The error that `code` (< 0) stands for: "<action>: <what libgit2 said>".
[[nodiscard]] Error error_of(int code, std::string_view action);
/// @throws Error when code < 0; returns it otherwise
int check(int code, std::string_view action);

/// @throws Error(usage) for the null id
[[nodiscard]] git_oid to_oid(const CommitId& id);
[[nodiscard]] CommitId to_id(const git_oid& oid);

struct StoredObject {
    git_object_t type;
    std::string bytes;
};
/// An object whose id was checked against its bytes, nothing when there is none.
/// @throws CorruptObject for one that is damaged or larger than any of ours
[[nodiscard]] std::optional<StoredObject> read_object(git_odb* odb, const git_oid& oid);
/// The same, of one type. @param what "commit", "tree", …; @throws CorruptObject also for another type
[[nodiscard]] std::optional<std::string> read_object(git_odb* odb, const CommitId& id, git_object_t type);

} // namespace ds::git
