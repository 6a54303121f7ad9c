// The two kinds of bucket a registry is made of. Kinds implement these primitives and nothing else;
// everything above runs over any kind. One conformance suite holds every kind to this text.
#pragma once

#include "base/bytes.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "model/retention.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Keys are 1–1,024 bytes of UTF-8 without NUL, where a URL has a prefix less that prefix; `a` and `a/b` may both exist.
inline constexpr std::size_t max_key_bytes = 1024;

/// Small objects under compare-and-swap. Never deleted. Thread-safe.
class ControlBucket {
  public:
    virtual ~ControlBucket() = default;
    struct Object {
        ByteString body;
        std::string etag; ///< depends on the body only
    };
    /// Outcome of a conditional put. `unknown`: it may or may not have taken effect, now or later.
    enum class Put { done, refused, unknown };

    [[nodiscard]] virtual std::optional<Object> get(const std::string& key) = 0;
    /// refused: the key exists.
    [[nodiscard]] virtual Put put_if_absent(const std::string& key, ByteView body) = 0;
    /// refused: the key's etag differs (or the key is absent).
    [[nodiscard]] virtual Put put_if_match(const std::string& key, ByteView body,
                                           const std::string& etag) = 0;
    /// Keys that start with `prefix`, in byte order, each once; `visit` returns false to stop.
    virtual void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) = 0;
    /// The same, of keys behind `after` only (empty: all). Kinds whose listings cost requests begin there; for the others
    /// passing over what is before is as good.
    virtual void list_after(const std::string& prefix, const std::string& after,
                            const std::function<bool(const std::string&)>& visit) {
        list(prefix, [&](const std::string& key) { return key <= after || visit(key); });
    }
};

/// Versioned objects with retention. A put never replaces: it adds a version. Thread-safe.
class DataBucket {
  public:
    virtual ~DataBucket() = default;
    struct Version {
        std::string key;
        std::string version_id;
        std::uint64_t size = 0;
        std::int64_t modified = 0; ///< when it was put, by the storage's clock (unix seconds); 0: not known
    };
    /// A body that can be read again from the start (for retries).
    class Body {
      public:
        virtual ~Body() = default;
        [[nodiscard]] virtual std::uint64_t size() const = 0;
        /// Reads [offset, offset + n) fully into `buffer`.
        virtual void read(std::uint64_t offset, char* buffer, std::size_t n) const = 0;
        /// All of it where it lies in memory, else empty.
        [[nodiscard]] virtual ByteView memory() const { return {}; }
    };

    /// Adds a version; durable and readable once it returns. With `retention` it is locked at once.
    /// @returns its version id. @throws Error (kind unknown when it may have taken effect)
    [[nodiscard]] virtual std::string put(const std::string& key, const Body& body,
                                          const std::optional<Retention>& retention) = 0;
    /// Adds a version of `to` with the bytes of one version of `from`, inside the storage: nothing passes through
    /// here, and the copy is not locked. @returns its version id. @throws Error(not_found) when `from` is absent
    [[nodiscard]] virtual std::string copy(const std::string& from, const std::string& version_id,
                                           const std::string& to) = 0;
    /// Bytes [offset, offset+length) of one version, appended to `out`: exactly that many.
    /// @throws Error(not_found) when that version is absent, CorruptObject when it is shorter
    virtual void get(const std::string& key, const std::string& version_id, std::uint64_t offset,
                     std::uint64_t length, ByteString& out) = 0;
    /// Size of one version; nothing when absent.
    [[nodiscard]] virtual std::optional<std::uint64_t> size(const std::string& key,
                                                            const std::string& version_id) = 0;
    struct Status {
        std::uint64_t size = 0;
        Retention retention;
    };
    /// Size and lock of one version; nothing when absent. Kinds that can ask both at once do.
    [[nodiscard]] virtual std::optional<Status> status(const std::string& key,
                                                       const std::string& version_id) {
        const auto bytes = size(key, version_id);
        return bytes ? std::optional(Status{*bytes, retention(key, version_id)}) : std::nullopt;
    }
    /// All versions of exactly this key, OLDEST FIRST.
    [[nodiscard]] virtual std::vector<Version> versions(const std::string& key) = 0;
    /// All versions below a prefix, by key, oldest first within a key.
    virtual void list_versions(const std::string& prefix,
                               const std::function<bool(const Version&)>& visit) = 0;
    /// Extends the lock of a version (never shortens a compliance lock). @throws Error(immutable)
    virtual void retain(const std::string& key, const std::string& version_id,
                        const Retention& retention) = 0;
    [[nodiscard]] virtual Retention retention(const std::string& key, const std::string& version_id) = 0;
    /// Removes one version for good. @throws Error(immutable) while it is locked
    virtual void remove(const std::string& key, const std::string& version_id) = 0;
    /// Whether it can lock at all, and how strongly, in words for people ("Object Lock", "read-only files").
    enum class Locking { none, weak, enforced };
    [[nodiscard]] virtual Locking locking() const = 0;
};

/// Bytes in memory as a body (does not own them).
class MemoryBody final : public DataBucket::Body {
  public:
    explicit MemoryBody(ByteView bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    void read(std::uint64_t offset, char* buffer, std::size_t n) const override;
    [[nodiscard]] ByteView memory() const override { return bytes_; }

  private:
    ByteView bytes_;
};

/// An open file as a body (does not own the descriptor); pread, so several threads may share it.
class FileBody final : public DataBucket::Body {
  public:
    FileBody(int fd, std::uint64_t size, std::string path) : fd_(fd), size_(size), path_(std::move(path)) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, char* buffer, std::size_t n) const override;

  private:
    int fd_;
    std::uint64_t size_;
    std::string path_;
};

/// The storage knows who asks, and does not grant it: says nothing against the storage or the keys.
class NotGranted : public Error {
  public:
    explicit NotGranted(std::string message, std::string hint = {})
        : Error(ErrorKind::auth, std::move(message), std::move(hint)) {}
};

/// One finding of `registry check`.
struct CheckLine {
    /// denied: these keys may not do what would find it out; that says nothing against the bucket
    enum class Status { ok, weak, denied, bad };
    Status status = Status::ok;
    std::string what;
    std::string remedy;   ///< empty when ok; when denied, why
    bool refused = false; ///< bad for want of credentials that are taken: nothing else could be tried
};

/// The buckets behind one registry URL.
struct Buckets {
    std::unique_ptr<ControlBucket> control;
    std::unique_ptr<DataBucket> data;
    /// What `registry check` can find out about this kind beside the promises above (clock, encryption, whose
    /// credentials, …). May be empty. Call it while both buckets live.
    std::function<std::vector<CheckLine>()> check_kind = {};
};

/// What the configuration says about a registry beside its URL; empty where it says nothing. Holds no secrets.
struct BucketSettings {
    std::string alias;            ///< for messages
    std::string control_bucket;   ///< default: the data bucket's name and "-ctl"
    std::string endpoint;         ///< https://HOST[:PORT], where the URL does not say it
    std::string region;           ///< that signatures name
    std::string ca_bundle;        ///< path of a PEM file
    std::string profile;          ///< in the shared credentials files
    std::string credentials_dir;  ///< a folder with accessKeyID and accessKeySecret
    std::uint64_t limit_rate = 0; ///< bytes a second, up and down each; 0: no limit
    unsigned timeout = 0;         ///< seconds a server may be silent; 0: 60
    std::uint64_t max_put = 0;    ///< bytes of one request; larger objects go in parts. 0: 5 GiB
    /// A folder (made when it is needed) for notes of uploads in parts that are under way, by which those of killed processes
    /// are found and ended. Empty: none are kept.
    std::string upload_notes = {};
    unsigned jobs = 2; ///< connections that work at the same time
    /// How long a server may be silent, all tries together, for who has to answer somebody by then; 0: as long as the kind
    /// of bucket thinks fit. Never longer than that.
    std::chrono::milliseconds patience{0};
    std::stop_token stop;
    Log* log = nullptr; ///< not owned; must outlive the buckets
};

/// Whether buckets are made such that they can lock.
enum class WithLocks { no, yes };

/// Opens or creates buckets by URL. Kinds are found by scheme: a path or file:// is a folder, https:// (http:// on
/// loopback) and s3:// a pair of S3 buckets.
/// @throws Error(usage) for a URL of no known kind, Error(not_found) when it is not initialised
[[nodiscard]] Buckets open_buckets(const std::string& url, const BucketSettings& settings = {});
/// Creates what is missing; fine when it exists already. @throws Error(failure) when what is there cannot lock and should
[[nodiscard]] Buckets create_buckets(const std::string& url, const BucketSettings& settings = {},
                                     WithLocks locks = WithLocks::yes);
/// The URL as it is to be configured (folders absolute). @throws Error(usage) when it is no URL of a known kind,
/// or holds credentials
[[nodiscard]] std::string canonical_url(const std::string& url);

} // namespace ds
