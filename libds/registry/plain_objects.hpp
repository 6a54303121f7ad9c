// Plain objects below a prefix of any S3 bucket: what other programs have there, or are to find there. No registry.
//
//   s3://BUCKET[/PREFIX]             the endpoint from AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
//   https://HOST[:PORT]/BUCKET[/PREFIX]
//
// A key is a path; one that ends in '/' (and is empty) is a folder. What this program writes bears its SHA-256 and, where it
// is no plain file, its kind as metadata: x-amz-meta-sha256 (hex), x-amz-meta-dsctl-kind (executable | symlink).
#pragma once

#include "base/bytes.hpp"
#include "base/context.hpp"
#include "base/sha256.hpp"
#include "model/entry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Whether a word is such a URL.
[[nodiscard]] bool is_objects_url(std::string_view text) noexcept;
/// Whether such a URL has no prefix: everything in the bucket is below it.
[[nodiscard]] bool is_whole_bucket(const std::string& url);

/// Thread-safe.
class PlainObjects {
  public:
    /// Asks nothing yet. @throws Error(usage)
    /// @param jobs requests side by side
    /// @param upload_notes folder for notes of what put_parts() is at (see BucketSettings); empty: none are kept
    PlainObjects(const std::string& url, unsigned jobs, Context& context,
                 const std::string& upload_notes = {});
    ~PlainObjects();

    /// "s3://bucket/prefix/", for messages.
    [[nodiscard]] const std::string& name() const noexcept;
    /// Keys below the prefix (without it) and sizes, in byte order; `visit` returns false to stop.
    void list(const std::function<bool(const std::string& key, std::uint64_t size)>& visit);

    struct About {
        std::uint64_t size = 0;
        std::string etag; ///< as the server gave it
        EntryKind kind = EntryKind::file;
        std::optional<Sha256> sha256; ///< as its metadata says; to be checked
    };
    [[nodiscard]] std::optional<About> look(const std::string& key);
    /// Appends [offset, offset + length) to `out`. @param etag of the object as it was met; empty: any
    /// @throws Error(not_found), Error(conflict) when it is another object by now
    About read(const std::string& key, std::uint64_t offset, std::uint64_t length, const std::string& etag,
               ByteString& out);

    /// Replaces an object.
    void put(const std::string& key, ByteView bytes, EntryKind kind, const Sha256& hash);
    /// The same in parts, for what is large: `part(i)` gives the i-th; nothing appears before all are there.
    void put_parts(const std::string& key, std::uint64_t parts, EntryKind kind, const Sha256& hash,
                   const std::function<ByteString(std::uint64_t)>& part);
    void remove(const std::string& key);
    /// Ends uploads in parts that killed processes of this user left in the bucket, as far as they are noted here.
    void abandon_dead_uploads();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds
