// What the parts of History share: the open repository and reading its objects and refs.
#pragma once

#include "history/history.hpp"
#include "history/object_text.hpp"
#include "history/object_writer.hpp"

namespace ds {

/// The prefixes of the three kinds of refs.
inline constexpr std::string_view draft_refs = "refs/heads/";
inline constexpr std::string_view tag_refs = "refs/tags/";
inline constexpr std::string_view remote_refs = "refs/remotes/";

struct History::Impl {
    explicit Impl(std::string path);

    std::string path;
    git::RepositoryHandle repository;
    git::OdbHandle odb;
    git::ObjectWriter writer;

    // objects (history.cpp)
    /// @throws Error(not_found), CorruptObject
    [[nodiscard]] static Commit read_commit(git_odb* odb, const CommitId& id);
    /// The tag object `id`. @throws CorruptObject
    [[nodiscard]] static git::TagText read_tag(git_odb* odb, const CommitId& id);
    [[nodiscard]] bool has_commit(const CommitId& id) const;
    void need_commit(const CommitId& id) const;
    /// The commit that a commit or tag stands for, nothing when it is not there or something else.
    [[nodiscard]] std::optional<CommitId> peel(const CommitId& id) const;

    // refs (ref_files.cpp)
    /// The published versions that the note beside HEAD gives for a commit, the last one written first.
    [[nodiscard]] std::vector<std::string> published_notes(const CommitId& commit) const;
    /// The ref that HEAD stands for, "" when it names none. @throws CorruptObject
    [[nodiscard]] std::string head_target() const;
    /// Files below a folder as prefix + path, without locks; nothing when there is no such folder.
    [[nodiscard]] static std::vector<std::string> files_below(const std::string& dir,
                                                              const std::string& prefix);
    /// What a ref points to, not peeled; nothing when there is none. @throws CorruptObject
    [[nodiscard]] std::optional<CommitId> ref_target(const std::string& ref) const;
    /// Full names below `prefix` ("refs/" for all), sorted, also of refs whose content is damaged.
    [[nodiscard]] std::vector<std::string> ref_names(std::string_view prefix) const;
    /// Makes pending objects durable, then moves the ref, whatever it was with `always`.
    /// @throws Error(conflict) when it is not `expected`, Error(locked)
    enum class Swap { compare, always };
    void update_ref(const std::string& ref, const CommitId& to, Swap swap,
                    const std::optional<CommitId>& expected, const Signature& who, const std::string& why);
    /// Makes HEAD stand for another ref. @param before the commit it stood on, for the reflog
    void set_head(const std::string& target, const std::optional<CommitId>& before,
                  const std::optional<CommitId>& after, const Signature& who, const std::string& why);
    void remove_ref(const std::string& ref);
};

} // namespace ds
