// One S3 service as a registry talks to it: whom requests are signed for, and what refusals mean in words.
#pragma once

#include "http/client.hpp"
#include "http/credentials.hpp"
#include "registry/buckets/s3_place.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace ds::s3 {

/// <Code> of an error reply; empty when there is none (HEAD, or something that is not S3 answered).
[[nodiscard]] std::string error_code(const HttpResponse& response);

/// With every object that is put: else the owner of the buckets could not read what others wrote.
inline const std::pair<std::string, std::string> owner_may_read = {"x-amz-acl", "bucket-owner-full-control"};

/// What a write that is never answered may mean: RGW says nothing of it.
inline constexpr std::string_view waiting_writes =
    "Ceph lets writes wait without an answer while it is full or lacks daemons ('ceph health' tells)";

/// The SHA-256 of the body, put with it: an etag is a hash of the body on some servers only.
inline constexpr const char* body_hash = "x-amz-meta-dsctl-sha256";

/// Shared by both buckets of a registry, so that they share connections, patience and credentials. Thread-safe.
class Client {
  public:
    Client(Place place, const BucketSettings& settings);

    [[nodiscard]] const Place& place() const noexcept { return place_; }
    /// The registry's name, empty if it has none yet; for hints.
    [[nodiscard]] const std::string& alias() const noexcept { return alias_; }
    [[nodiscard]] const std::string& ca_file() const noexcept { return ca_file_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    [[nodiscard]] const std::string& upload_notes() const noexcept { return upload_notes_; }
    [[nodiscard]] std::uint64_t max_put() const noexcept { return max_put_; }
    /// For what the user should know though the caller goes on.
    [[nodiscard]] Log& log() const noexcept { return log_; }
    /// Where the credentials in use come from. @throws Error(auth) when there are none
    [[nodiscard]] std::string credentials_source();

    /// A request for a bucket (empty key) or for an object, the registry's prefix put before the key.
    [[nodiscard]] HttpRequest request(std::string method, const std::string& bucket,
                                      std::string_view key = {}) const;
    /// Signs and sends; once more with fresh credentials when the server says that they are old.
    /// @returns any response. @throws HttpError, Error(auth), Interrupted
    [[nodiscard]] HttpResponse send(HttpRequest request);
    /// As send(), for what changes something. @throws Error(unknown) where it may have taken effect without a response
    [[nodiscard]] HttpResponse send_change(HttpRequest request);

    /// @param doing "cannot read …". @throws the Error that a response means
    [[noreturn]] void refuse(const HttpResponse& response, const std::string& bucket,
                             const std::string& doing);
    /// As refuse(), for what changes something: a server's failure leaves the outcome open. @throws Error
    [[noreturn]] void refuse_change(const HttpResponse& response, const std::string& bucket,
                                    const std::string& doing);

  private:
    /// With STS switched on RGW says AccessDenied also of keys it does not know. Everybody it knows may list their own
    /// buckets, so that tells the two apart.
    [[nodiscard]] bool is_known_here();

    Place place_;
    std::string alias_;
    std::string region_;
    std::string ca_file_;
    std::string upload_notes_;
    std::uint64_t max_put_;
    std::stop_token stop_;
    mutable NoLog no_log_;
    Log& log_;
    HttpClient http_;
    CredentialChain credentials_;
};

/// What the versioning of a bucket is; nothing when there is no such bucket. @throws Error
enum class Versioning { never, enabled, suspended };
[[nodiscard]] std::optional<Versioning> versioning_of(Client& client, const std::string& bucket);

/// What a bucket's Object Lock is. @throws Error
struct ObjectLock {
    bool enabled = false;
    bool default_retention = false; ///< every object would be locked as it is put
};
[[nodiscard]] ObjectLock object_lock_of(Client& client, const std::string& bucket);

} // namespace ds::s3
