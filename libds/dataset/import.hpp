// import: what other programs have (a folder, a tar stream, objects in an S3 bucket) into a draft in a registry.
#pragma once

#include "dataset/intake.hpp"

#include <string>

namespace ds {

struct ImportOptions {
    /// A folder; a tar file, plain or compressed by gzip or zstd ("-": on standard input); or s3://BUCKET/PREFIX (also
    /// https://HOST/BUCKET/PREFIX), as LLMOS's datasets/<ns>/<name>/<version>.
    std::string source;
    DatasetRef ref;
    std::string message;
    bool dry_run = false; ///< of a tar everything is read, of the others names and sizes
};
struct ImportResult {
    Taken taken;
    RemoteCommit commit; ///< of a dry run: nothing
};
/// Makes dataset and draft where they are not there. What the draft has and the source has not stays.
/// @throws as edit_draft(), Error(failure) for members of an archive that would lead out of it
[[nodiscard]] ImportResult import(Session& session, const ImportOptions& options);

/// Members of a tar stream.
void take_archive(Intake& intake, const std::function<std::size_t(char*, std::size_t)>& read,
                  const std::string& what, Context& context);
/// Objects below a prefix.
void take_objects(Intake& intake, const std::string& url, Context& context);

} // namespace ds
