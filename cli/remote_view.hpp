// What commands say that change a draft in a registry: put, import, and rm, mv and mkdir with --in.
#pragma once

#include "cli.hpp"
#include "dataset/intake.hpp"
#include "dataset/remote_edit.hpp"

namespace ds::cli {

/// "registry", "dataset", "version", "commit", "changed", "added", … of a document.
void commit_members(JsonDocument& json, const RemoteCommit& commit);
/// One line: what the commit did. With -q its id only.
void print_commit(Cli& cli, const RemoteCommit& commit);
/// What `command` ("put", "import") took into a draft and committed, in the form asked for; what it skipped is warned of.
/// @param commit null: a dry run
void print_taken(Cli& cli, std::string_view command, const DatasetRef& draft, const Taken& taken,
                 const RemoteCommit* commit);

} // namespace ds::cli
