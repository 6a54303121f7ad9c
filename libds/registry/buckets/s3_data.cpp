// The data bucket on S3: versions with Object Lock.
//
// Reads name a version id, always: a plain GET gives whatever was put last, or nothing behind a delete marker.
#include "registry/buckets/s3_kind.hpp"
#include "registry/buckets/s3_listing.hpp"
#include "registry/buckets/s3_locks.hpp"
#include "registry/buckets/s3_multipart.hpp"

#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "codec/hash.hpp"
#include "http/content_range.hpp"
#include "http/xml.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <mutex>

namespace ds::s3 {

namespace {

constexpr std::size_t max_id_bytes = 1024;
constexpr int max_range_tries = 3;
constexpr const char* copy_mark = "x-amz-meta-dsctl-copy";
/// Objects up to this size carry their hash: records, notes and samples are read whole, packs have hashes of their own.
constexpr std::uint64_t max_hashed_bytes = 1u << 20;

bool is_version_id(std::string_view id) {
    return !id.empty() && id.size() <= max_id_bytes && id != "null" &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 127; });
}

std::optional<ContentRange> content_range_of(const HttpResponse& response) {
    const auto* header = response.header("content-range");
    return header != nullptr ? parse_content_range(*header) : std::nullopt;
}

HttpBody body_of(const DataBucket::Body& body) {
    return {body.size(),
            [&body](std::uint64_t offset, char* buffer, std::size_t n) { body.read(offset, buffer, n); },
            body.memory()};
}

class Data final : public DataBucket {
  public:
    explicit Data(std::shared_ptr<Client> client) : client_(std::move(client)) {}

    std::string put(const std::string& key, const Body& body,
                    const std::optional<Retention>& retention) override {
        const auto doing = "cannot write " + describe(key);
        if (body.size() > client_->max_put()) {
            return put_large(key, body, retention, doing);
        }
        auto request = client_->request("PUT", bucket(), key);
        request.headers = {{"Content-Type", "application/octet-stream"}, owner_may_read};
        if (retention && retention->mode != RetentionMode::none) {
            check_lock_date(describe(key), *retention);
            for (auto& header : lock_headers(*retention)) {
                request.headers.push_back(std::move(header));
            }
        }
        request.body = body_of(body);
        if (body.size() <= max_hashed_bytes) {
            request.headers.emplace_back(body_hash, body_sha256(request.body).hex());
        }
        request.repeat = Repeat::safe; // what landed twice is two versions, of which one is garbage
        const auto response = client_->send_change(std::move(request));
        if (!response.ok()) {
            client_->refuse_change(response, bucket(), doing);
        }
        return version_id_of(response, key);
    }

    std::string copy(const std::string& from, const std::string& version_id, const std::string& to) override {
        if (!is_version_id(version_id)) {
            throw absent(from, version_id);
        }
        // RGW does not say which version a copy became, so it carries a mark by which to find it.
        const auto mark = random_hex(16);
        auto request = client_->request("PUT", bucket(), to);
        const auto source = client_->request("GET", bucket(), from);
        request.headers = {{"x-amz-copy-source", percent_encode(source.path, Slash::kept) + "?versionId=" +
                                                     percent_encode(version_id, Slash::encoded)},
                           {"x-amz-metadata-directive", "REPLACE"},
                           owner_may_read,
                           {copy_mark, mark}};
        request.repeat = Repeat::safe;
        const auto response = client_->send_change(std::move(request));
        const auto doing = fmt::format("cannot copy {} to '{}'", describe(from), printable(to));
        if (is_absent(response)) {
            throw absent(from, version_id);
        }
        if (!response.ok()) {
            client_->refuse_change(response, bucket(), doing);
        }
        // A copy that fails on the way does so behind a 200.
        const XmlDocument document(response.body, "reply to a copy");
        if (document.root().name() != "CopyObjectResult") {
            throw Error(ErrorKind::unknown,
                        fmt::format("{}: {}", doing, printable(document.root().text_of("Code"))),
                        "run the same command again");
        }
        if (const auto* id = response.header("x-amz-version-id"); id != nullptr && is_version_id(*id)) {
            return *id;
        }
        return find_copy(to, mark, doing);
    }

    void get(const std::string& key, const std::string& version_id, std::uint64_t offset,
             std::uint64_t length, ByteString& out) override {
        if (length == 0 || length > UINT64_MAX - offset) {
            const auto now = status(key, version_id);
            if (!now) {
                throw absent(key, version_id);
            }
            if (length != 0 || offset > now->size) {
                throw too_short(key, now->size, offset, length);
            }
            return;
        }
        if (!is_version_id(version_id)) {
            throw absent(key, version_id);
        }
        const auto begin = out.size();
        for (int attempt = 0; attempt < max_range_tries; ++attempt) {
            auto request = client_->request("GET", bucket(), key);
            request.query = {{"versionId", version_id}};
            request.headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)}};
            request.repeat = Repeat::safe;
            request.max_body = length;
            request.into = &out;
            request.check = [&](const HttpResponse& response) { // spoiled on the way, it is asked for again
                const auto* hash = response.header(body_hash);
                const auto range = content_range_of(response);
                const auto bytes = ByteView(out).substr(begin);
                if (hash != nullptr && range && offset == 0 && range->size == bytes.size() &&
                    *hash != sha256(bytes).hex()) {
                    throw CorruptObject(fmt::format("{} came with other bytes than were put", describe(key)),
                                        "dsctl registry check");
                }
            };
            const auto response = client_->send(std::move(request));
            if (response.status == 206) {
                const auto range = content_range_of(response);
                if (range && range->first == offset && range->last == offset + length - 1 &&
                    out.size() - begin == length) {
                    return;
                }
                out.resize(begin);
                if (range && range->first == offset && range->size - offset < length) {
                    throw too_short(key, range->size, offset, length);
                }
                continue; // not what was asked for
            }
            out.resize(begin);
            if (response.status == 416) {
                const auto now = status(key, version_id);
                if (!now) {
                    throw absent(key, version_id);
                }
                throw too_short(key, now->size, offset, length);
            }
            if (is_absent(response) || (response.status == 403 && !is_listed(key, version_id, response))) {
                throw absent(key, version_id);
            }
            if (!response.ok()) {
                client_->refuse(response, bucket(), "cannot read " + describe(key));
            }
        }
        throw Error(ErrorKind::retry,
                    fmt::format("cannot read {}: {} gives other bytes than were asked for", describe(key),
                                client_->place().endpoint.authority()),
                    "dsctl registry check");
    }

    std::optional<std::uint64_t> size(const std::string& key, const std::string& version_id) override {
        const auto now = status(key, version_id);
        return now ? std::optional(now->size) : std::nullopt;
    }

    std::optional<Status> status(const std::string& key, const std::string& version_id) override {
        if (!is_version_id(version_id)) {
            return std::nullopt;
        }
        auto request = client_->request("HEAD", bucket(), key);
        request.query = {{"versionId", version_id}};
        request.repeat = Repeat::safe;
        Status found;
        request.check = [&](const HttpResponse& response) { // what makes no sense is asked for again
            const auto* length = response.header("content-length");
            const auto bytes = length != nullptr ? parse_number(*length) : std::nullopt;
            if (!bytes) {
                throw CorruptObject(fmt::format("{} came without a length", describe(key)),
                                    "dsctl registry check");
            }
            found = {*bytes, lock_of(response, describe(key))};
        };
        const auto response = client_->send(std::move(request));
        if (response.status == 404 || response.status == 405 ||
            (response.status == 403 && !is_listed(key, version_id, response))) {
            return std::nullopt; // 405: a delete marker
        }
        if (!response.ok()) {
            client_->refuse(response, bucket(), "cannot look at " + describe(key));
        }
        return found;
    }

    Retention retention(const std::string& key, const std::string& version_id) override {
        const auto now = status(key, version_id);
        if (!now) {
            throw absent(key, version_id);
        }
        return now->retention;
    }

    std::vector<Version> versions(const std::string& key) override {
        check_key(key, client_->place().prefix);
        std::vector<Version> result;
        s3::list_versions(*client_, key, [&](const Version& version) {
            if (version.key == key) { // it comes before all longer ones
                result.push_back(version);
            }
            return version.key == key;
        });
        return result;
    }

    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        s3::list_versions(*client_, prefix, visit);
    }

    void retain(const std::string& key, const std::string& version_id, const Retention& wanted) override {
        if (!is_version_id(version_id)) {
            throw absent(key, version_id);
        }
        // RGW guards a compliance lock itself; the rest of the promise is ours.
        if (wanted.mode != RetentionMode::compliance) {
            refuse_weaker(key, version_id, wanted);
        }
        if (wanted.mode == RetentionMode::none) {
            return;
        }
        check_lock_date(describe(key), wanted);
        auto request = client_->request("PUT", bucket(), key);
        request.query = {{"retention", ""}, {"versionId", version_id}};
        const auto text = lock_document(wanted);
        request.headers = {{"Content-Type", "application/xml"}};
        request.body = HttpBody::of(text);
        request.repeat = Repeat::safe;
        const auto response = client_->send_change(std::move(request));
        if (response.ok()) {
            return;
        }
        if (is_absent(response)) {
            throw absent(key, version_id);
        }
        if (response.status == 403) {
            refuse_weaker(key, version_id, wanted);
        }
        client_->refuse_change(response, bucket(), "cannot lock " + describe(key));
    }

    void remove(const std::string& key, const std::string& version_id) override {
        if (!is_version_id(version_id)) {
            return; // a DELETE without an id would put a marker
        }
        auto request = client_->request("DELETE", bucket(), key);
        request.query = {{"versionId", version_id}};
        request.repeat = Repeat::safe;
        const auto response = client_->send_change(std::move(request));
        if (response.ok() || is_absent(response)) {
            return;
        }
        if (response.status == 403) {
            const auto now = status(key, version_id);
            if (!now) {
                return;
            }
            if (is_active(now->retention)) {
                throw Error(ErrorKind::immutable, fmt::format("{} is locked until {}", describe(key),
                                                              rfc3339(now->retention.until)));
            }
        }
        client_->refuse_change(response, bucket(), "cannot remove " + describe(key));
    }

    Locking locking() const override {
        const std::lock_guard guard(locking_mutex_);
        if (!locking_) {
            try {
                locking_ = object_lock_of(*client_, bucket()).enabled ? Locking::enforced : Locking::none;
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::auth) {
                    throw;
                }
                // Who may not ask takes it that there are locks, and so that records without one are refused.
                locking_ = Locking::enforced;
            }
        }
        return *locking_;
    }

  private:
    [[nodiscard]] const std::string& bucket() const { return client_->place().data_bucket; }
    [[nodiscard]] std::string describe(const std::string& key) const {
        return fmt::format("'{}' in bucket '{}'", printable(key), bucket());
    }
    [[nodiscard]] Error absent(const std::string& key, const std::string& version_id) const {
        return {ErrorKind::not_found, fmt::format("{} has no version '{}'", describe(key),
                                                  printable(std::string_view(version_id).substr(0, 64)))};
    }
    [[nodiscard]] CorruptObject too_short(const std::string& key, std::uint64_t size, std::uint64_t offset,
                                          std::uint64_t length) const {
        return CorruptObject(
            fmt::format("{} has {} bytes; {} from {} were asked for", describe(key), size, length, offset));
    }

    static bool is_absent(const HttpResponse& response) {
        return response.status == 404 && error_code(response) != "NoSuchBucket";
    }
    /// As in the control bucket: 403 may mean "not there" to who may list a part only.
    bool is_listed(const std::string& key, const std::string& version_id, const HttpResponse& response) {
        try {
            const auto all = versions(key);
            return std::any_of(all.begin(), all.end(),
                               [&](const Version& version) { return version.version_id == version_id; });
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::auth && !error_code(response).empty()) {
                client_->refuse(response, bucket(), "cannot read " + describe(key));
            }
            throw;
        }
    }

    /// @throws Error(immutable) when the version has a lock that `wanted` would weaken, Error(not_found)
    void refuse_weaker(const std::string& key, const std::string& version_id, const Retention& wanted) {
        const auto old = retention(key, version_id);
        if (is_active(old) && (wanted.until < old.until || wanted.mode < old.mode)) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{} is locked; its lock can only be extended", describe(key)));
        }
    }

    [[nodiscard]] std::string version_id_of(const HttpResponse& response, const std::string& key) const {
        const auto* id = response.header("x-amz-version-id");
        if (id == nullptr || !is_version_id(*id)) {
            throw Error(
                ErrorKind::failure,
                fmt::format("bucket '{}' is not versioned, so it cannot hold {}", bucket(), printable(key)),
                "dsctl registry check");
        }
        return *id;
    }

    /// In parts. RGW heeds no lock that is asked for with them, so it is set when the object is there.
    std::string put_large(const std::string& key, const Body& body, const std::optional<Retention>& retention,
                          const std::string& doing) {
        const bool locked = retention && retention->mode != RetentionMode::none;
        if (locked) {
            check_lock_date(describe(key), *retention);
        }
        abandon_dead_uploads(*client_, bucket());
        const auto mark = random_hex(16);
        const auto size = part_size(body.size(), client_->max_put(), doing);
        PartedPut put{bucket(),
                      key,
                      {{"Content-Type", "application/octet-stream"}, owner_may_read, {copy_mark, mark}},
                      (body.size() + size - 1) / size,
                      {},
                      doing};
        put.part = [&](std::uint64_t i) {
            ByteString bytes(static_cast<std::size_t>(std::min(size, body.size() - i * size)), '\0');
            body.read(i * size, bytes.data(), bytes.size());
            return bytes;
        };
        const auto response = put_in_parts(*client_, put);
        const auto* named = response.header("x-amz-version-id");
        auto id = named != nullptr && is_version_id(*named) ? *named : find_copy(key, mark, doing);
        if (locked) {
            retain(key, id, *retention);
        }
        return id;
    }

    /// The version of `key` that carries the mark. Usually the newest.
    [[nodiscard]] std::string find_copy(const std::string& key, const std::string& mark,
                                        const std::string& doing) {
        const auto marked = [&](const std::string* version_id) -> std::optional<std::string> {
            auto request = client_->request("HEAD", bucket(), key);
            if (version_id != nullptr) {
                request.query = {{"versionId", *version_id}};
            }
            request.repeat = Repeat::safe;
            const auto response = client_->send(std::move(request));
            const auto* found = response.header(copy_mark);
            return response.ok() && found != nullptr && *found == mark
                       ? std::optional(version_id_of(response, key))
                       : std::nullopt;
        };
        if (auto newest = marked(nullptr)) {
            return std::move(*newest);
        }
        const auto all = versions(key);
        for (auto it = all.rbegin(); it != all.rend(); ++it) {
            if (auto id = marked(&it->version_id)) {
                return std::move(*id);
            }
        }
        throw Error(ErrorKind::unknown, doing + ": the copy cannot be found", "run the same command again");
    }

    std::shared_ptr<Client> client_;
    mutable std::mutex locking_mutex_;
    mutable std::optional<Locking> locking_;
};

} // namespace

std::unique_ptr<DataBucket> make_data(std::shared_ptr<Client> client) {
    return std::make_unique<Data>(std::move(client));
}

} // namespace ds::s3
