// The git objects of a history as bytes: pure parsing and writing, without libgit2.
//
//   commit  := "tree " hex40 "\n" ("parent " hex40 "\n")* "author " who "\n" "committer " who "\n" "\n"
//              message
//   tag     := "object " hex40 "\n" "type commit\n" "tag " version "\n" "tagger " who "\n" "\n" record
//   who     := name " <" email "> " seconds " " ("+"|"-") hhmm
//   tree    := "100644 dataset\0" and the 20 bytes of the blob's id
//   dataset := "dsctl-commit 1\n" "tree sha256:" hex64 "\n" "entries " n "\n" "bytes " n "\n"
//              ["origin " ref " " ("sha256:" hex64 | "-") "\n"]
//
// Author and committer are the same. Only the canonical form is accepted: what was parsed is written
// again and must be the same bytes, so that equal commits have equal ids and nothing hides in a
// header that nobody reads. git's own tools read all of them.
#pragma once

#include "history/commit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::git {

/// No object of a history is larger; more is refused before it is read.
inline constexpr std::size_t max_object_bytes = 1u << 20;

struct CommitText {
    CommitId tree;
    std::vector<CommitId> parents;
    Signature who;
    std::string message;
};

struct DatasetText {
    TreeInfo tree;
    std::optional<Origin> origin;
};

struct TagText {
    CommitId commit;
    std::string name;
    Signature who;
    std::string record;
};

/// The signature as git can hold it: no control characters, '<' or '>' in it, no punctuation around
/// it, a name that is not empty, a time from 1970 to 9999, an offset below a day.
[[nodiscard]] Signature cleaned(const Signature& who);
/// `who` of the grammar, cleaned.
[[nodiscard]] std::string signature_text(const Signature& who);

/// @throws Error(usage) for a message with a NUL byte, Error(failure) when the object would be too large
[[nodiscard]] std::string write_commit_text(const CommitText& commit);
[[nodiscard]] std::string write_tree_text(const CommitId& blob);
/// @throws Error(usage) for an origin that is no reference
[[nodiscard]] std::string write_dataset_text(const DatasetText& dataset);
[[nodiscard]] std::string write_tag_text(const TagText& tag);

/// The parsers throw CorruptObject naming `what`, and Error(failure) for a newer format.
[[nodiscard]] CommitText parse_commit_text(ByteView bytes, std::string_view what);
/// Returns the id of the blob.
[[nodiscard]] CommitId parse_tree_text(ByteView bytes, std::string_view what);
[[nodiscard]] DatasetText parse_dataset_text(ByteView bytes, std::string_view what);
[[nodiscard]] TagText parse_tag_text(ByteView bytes, std::string_view what);

} // namespace ds::git
