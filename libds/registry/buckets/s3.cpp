// Opening and creating the pair of buckets.
#include "registry/buckets/s3.hpp"

#include "base/path.hpp"
#include "registry/buckets/s3_kind.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

using s3::Client;
using s3::Versioning;

void create_bucket(Client& client, const std::string& bucket, WithLocks locks) {
    auto request = client.request("PUT", bucket);
    if (locks == WithLocks::yes) {
        request.headers = {{"x-amz-bucket-object-lock-enabled", "true"}};
    }
    request.repeat = Repeat::safe;
    const auto response = client.send_change(std::move(request));
    if (response.status == 409 && s3::error_code(response) != "BucketAlreadyOwnedByYou") {
        throw Error(
            ErrorKind::conflict,
            fmt::format("the bucket name '{}' is taken on {}", bucket, client.place().endpoint.authority()),
            "choose another one");
    }
    if (!response.ok() && response.status != 409) {
        client.refuse_change(response, bucket, fmt::format("cannot create bucket '{}'", bucket));
    }
}

void enable_versioning(Client& client, const std::string& bucket) {
    const std::string text = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                             "<Status>Enabled</Status></VersioningConfiguration>";
    auto request = client.request("PUT", bucket);
    request.query = {{"versioning", ""}};
    request.headers = {{"Content-Type", "application/xml"}};
    request.body = HttpBody::of(text);
    request.repeat = Repeat::safe;
    const auto response = client.send_change(std::move(request));
    if (!response.ok()) {
        client.refuse_change(response, bucket, fmt::format("cannot make bucket '{}' versioned", bucket));
    }
}

void ensure_data(Client& client, WithLocks locks) {
    const auto& bucket = client.place().data_bucket;
    if (!s3::versioning_of(client, bucket)) {
        create_bucket(client, bucket, locks);
    }
    const auto lock = s3::object_lock_of(client, bucket);
    if (locks == WithLocks::yes && !lock.enabled) {
        throw Error(
            ErrorKind::failure,
            fmt::format(
                "bucket '{}' has no Object Lock, so nothing published in it would be safe; Object Lock "
                "can only be enabled when a bucket is created",
                bucket),
            "name another bucket, which is created with it; or, for drafts only: --retention none");
    }
    if (lock.default_retention) {
        throw Error(
            ErrorKind::failure,
            fmt::format(
                "bucket '{}' locks everything that is put into it (a default retention), also what was "
                "never published",
                bucket),
            "remove its default retention, or name another bucket");
    }
    if (s3::versioning_of(client, bucket) != Versioning::enabled) {
        enable_versioning(client, bucket);
    }
}

void ensure_control(Client& client) {
    const auto& bucket = client.place().control_bucket;
    if (!s3::versioning_of(client, bucket)) {
        create_bucket(client, bucket, WithLocks::no);
    }
    if (s3::versioning_of(client, bucket).value_or(Versioning::never) != Versioning::never) {
        throw Error(
            ErrorKind::failure,
            fmt::format(
                "bucket '{}' is versioned, and Ceph heeds conditions on writes only in buckets that are "
                "not; it cannot be the control bucket",
                bucket),
            "name another one: --control-bucket NAME");
    }
}

} // namespace

bool is_s3_url(std::string_view url) noexcept {
    return url.starts_with("https://") || url.starts_with("http://") || url.starts_with("s3://");
}

void check_s3_url(const std::string& url) {
    (void)s3::parse_address(url);
}

Buckets open_s3_buckets(const std::string& url, const BucketSettings& settings) {
    const auto client = std::make_shared<Client>(s3::find_place(url, settings), settings);
    return {s3::make_control(client), s3::make_data(client), [client] { return s3::check(client); }};
}

Buckets create_s3_buckets(const std::string& url, const BucketSettings& settings, WithLocks locks) {
    const auto client = std::make_shared<Client>(s3::find_place(url, settings), settings);
    ensure_data(*client, locks);
    ensure_control(*client);
    return {s3::make_control(client), s3::make_data(client), [client] { return s3::check(client); }};
}

} // namespace ds
