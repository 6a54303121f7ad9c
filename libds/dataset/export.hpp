// export: a version as plain files in a folder, as objects in an S3 bucket, or as a tar stream.
#pragma once

#include "codec/json.hpp"
#include "dataset/session.hpp"

#include <functional>
#include <optional>
#include <string>

namespace ds {

struct ExportOptions {
    DatasetRef ref;
    /// A folder; s3://BUCKET/PREFIX; or a file FILE.tar, FILE.tar.gz, FILE.tgz or FILE.tar.zst. "-" is a tar on `out`.
    std::string dest;
    bool remove_others = false; ///< of a folder or prefix: what the version does not have goes
    std::function<void(ByteView)> out;
    /// Below `dest` as LLMOS has datasets in a bucket: datasets/<ns>/<name>/<version>/<path>. Not for archives.
    bool llmos = false;
};
struct ExportResult {
    std::uint64_t written = 0; ///< files and empty folders
    std::uint64_t bytes = 0;   ///< of them
    std::uint64_t same = 0;    ///< were there already
    std::uint64_t removed = 0;
    std::string dest; ///< where the version's paths begin
    std::optional<Json>
        documents; ///< of `llmos`: what LLMOS is to know of dataset and version (card/exports.hpp)
};
/// Content is checked chunk by chunk before it is written. Nothing is removed that a version did not ask for.
[[nodiscard]] ExportResult export_version(Session& session, const ExportOptions& options);

class VersionView;
// The three kinds. Internal to this module.
[[nodiscard]] ExportResult export_folder(VersionView& view, const ExportOptions& options, Context& context);
[[nodiscard]] ExportResult export_objects(VersionView& view, const ExportOptions& options, Context& context);
[[nodiscard]] ExportResult export_archive(VersionView& view, const ExportOptions& options, Context& context);
/// Whether a destination is a tar by its name.
[[nodiscard]] bool is_archive_name(const std::string& dest);

} // namespace ds
