// Plain objects on S3.
#include "registry/plain_objects.hpp"

#include "base/names.hpp"
#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/buckets/s3_client.hpp"
#include "registry/buckets/s3_listing.hpp"
#include "registry/buckets/s3_multipart.hpp"

#include <charconv>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view own_scheme = "s3://";
constexpr const char* hash_header = "x-amz-meta-sha256";
constexpr const char* kind_header = "x-amz-meta-dsctl-kind";

/// Where the prefix of a URL begins: it may be anything a key may begin with, unlike a registry's.
struct Split {
    std::string bucket_url;
    std::string prefix;
};
Split split(const std::string& url) {
    std::size_t at = url.starts_with(own_scheme) ? own_scheme.size() : url.find("://") + 3;
    if (!url.starts_with(own_scheme)) {
        at = url.find('/', at);
        at = at == std::string::npos ? url.size() : at + 1;
    }
    const auto slash = url.find('/', at);
    Split out{url.substr(0, slash), slash == std::string::npos ? "" : url.substr(slash + 1)};
    if (!out.prefix.empty() && !out.prefix.ends_with('/')) {
        out.prefix += '/';
    }
    return out;
}

s3::Place place_of(const std::string& url, const BucketSettings& settings) {
    auto place = s3::find_place(split(url).bucket_url, settings);
    place.url = url;
    return place;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

PlainObjects::About about(const HttpResponse& response) {
    PlainObjects::About out;
    if (const auto* etag = response.header("etag")) {
        out.etag = *etag;
    }
    if (const auto* hash = response.header(hash_header)) {
        out.sha256 = parse_digest("sha256:" + *hash);
    }
    if (const auto* kind = response.header(kind_header)) {
        out.kind = *kind == "executable" ? EntryKind::executable
                   : *kind == "symlink"  ? EntryKind::symlink
                                         : EntryKind::file;
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> headers_of(EntryKind kind, const Sha256& hash) {
    std::vector<std::pair<std::string, std::string>> out = {{"Content-Type", "application/octet-stream"}};
    if (!hash.is_zero()) {
        out.emplace_back(hash_header, hash.hex());
    }
    if (kind == EntryKind::executable || kind == EntryKind::symlink) {
        out.emplace_back(kind_header, kind == EntryKind::symlink ? "symlink" : "executable");
    }
    return out;
}

} // namespace

bool is_objects_url(std::string_view text) noexcept {
    return text.starts_with(own_scheme) || text.starts_with("https://") || text.starts_with("http://");
}

bool is_whole_bucket(const std::string& url) {
    return split(url).prefix.empty();
}

struct PlainObjects::Impl {
    Impl(const std::string& url, const BucketSettings& settings)
        : client(place_of(url, settings), settings), bucket(client.place().data_bucket),
          prefix(split(url).prefix), name(fmt::format("s3://{}/{}", bucket, prefix)) {}

    [[nodiscard]] std::string shown(const std::string& key) const {
        return fmt::format("'{}' in bucket '{}'", printable(prefix + key), bucket);
    }
    [[nodiscard]] HttpRequest request(std::string method, const std::string& key) const {
        auto out = client.request(std::move(method), bucket, prefix + key);
        out.repeat = Repeat::safe;
        return out;
    }

    s3::Client client;
    std::string bucket;
    std::string prefix;
    std::string name;
};

PlainObjects::PlainObjects(const std::string& url, unsigned jobs, Context& context,
                           const std::string& upload_notes) {
    BucketSettings settings;
    settings.upload_notes = upload_notes;
    settings.jobs = jobs;
    settings.stop = context.stop;
    settings.log = &context.log;
    impl_ = std::make_unique<Impl>(url, settings);
}
PlainObjects::~PlainObjects() = default;

const std::string& PlainObjects::name() const noexcept {
    return impl_->name;
}

void PlainObjects::list(const std::function<bool(const std::string&, std::uint64_t)>& visit) {
    const auto& prefix = impl_->prefix;
    s3::list_objects(impl_->client, impl_->bucket, prefix, [&](const std::string& key, std::uint64_t size) {
        return key.size() == prefix.size() || visit(key.substr(prefix.size()), size);
    });
}

std::optional<PlainObjects::About> PlainObjects::look(const std::string& key) {
    const auto response = impl_->client.send(impl_->request("HEAD", key));
    if (response.status == 404) {
        return std::nullopt;
    }
    if (!response.ok()) {
        impl_->client.refuse(response, impl_->bucket, "cannot look at " + impl_->shown(key));
    }
    auto out = about(response);
    const auto* length = response.header("content-length");
    out.size = length != nullptr ? number(*length).value_or(UINT64_MAX) : UINT64_MAX;
    return out;
}

PlainObjects::About PlainObjects::read(const std::string& key, std::uint64_t offset, std::uint64_t length,
                                       const std::string& etag, ByteString& out) {
    auto request = impl_->request("GET", key);
    if (length > 0) { // of an empty object no range can be asked
        request.headers.emplace_back("Range", fmt::format("bytes={}-{}", offset, offset + length - 1));
    }
    if (!etag.empty()) {
        request.headers.emplace_back("If-Match", etag);
    }
    request.max_body = length;
    request.expected_body = length;
    request.into = &out;
    const auto response = impl_->client.send(std::move(request));
    if (response.status == 412 || response.status == 416) {
        throw Error(ErrorKind::conflict, fmt::format("{} changed while it was read", impl_->shown(key)),
                    "run the same command again");
    }
    if (response.status == 404) {
        throw Error(ErrorKind::not_found, impl_->shown(key) + " is not there (any more)");
    }
    if (!response.ok()) {
        impl_->client.refuse(response, impl_->bucket, "cannot read " + impl_->shown(key));
    }
    return about(response);
}

void PlainObjects::put(const std::string& key, ByteView bytes, EntryKind kind, const Sha256& hash) {
    auto request = impl_->request("PUT", key);
    request.headers = headers_of(kind, hash);
    request.body = HttpBody::of(bytes);
    const auto response = impl_->client.send_change(std::move(request));
    if (!response.ok()) {
        impl_->client.refuse_change(response, impl_->bucket, "cannot write " + impl_->shown(key));
    }
}

void PlainObjects::put_parts(const std::string& key, std::uint64_t parts, EntryKind kind, const Sha256& hash,
                             const std::function<ByteString(std::uint64_t)>& part) {
    (void)s3::put_in_parts(impl_->client, {impl_->bucket, impl_->prefix + key, headers_of(kind, hash), parts,
                                           part, "cannot write " + impl_->shown(key)});
}

void PlainObjects::abandon_dead_uploads() {
    s3::abandon_dead_uploads(impl_->client, impl_->bucket);
}

void PlainObjects::remove(const std::string& key) {
    const auto response = impl_->client.send_change(impl_->request("DELETE", key));
    if (!response.ok() && response.status != 404) {
        impl_->client.refuse_change(response, impl_->bucket, "cannot remove " + impl_->shown(key));
    }
}

} // namespace ds
