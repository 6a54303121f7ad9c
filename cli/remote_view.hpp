// What commands say that change a draft in a registry: put, import, and rm, mv and mkdir with --in.
#pragma once

#include "cli.hpp"
#include "dataset/intake.hpp"
#include "dataset/remote_edit.hpp"

namespace ds::cli {

/// The draft that --in names. @throws Error(usage) for one without a version
[[nodiscard]] DatasetRef draft_reference(Cli& cli, const std::string& word);
/// "registry", "dataset", "version", "commit", "changed", "added", … of a document.
void commit_members(JsonDocument& json, const RemoteCommit& commit);
/// One line: what the commit did. With -q its id only.
void print_commit(Cli& cli, const RemoteCommit& commit);
/// "files", "folders", "bytes", "skipped_count", "skipped".
void taken_members(JsonDocument& json, const Taken& taken);
void warn_skipped(Cli& cli, const Taken& taken);

} // namespace ds::cli
