// The control bucket on S3: compare-and-swap by conditional PUT.
//
// RGW (measured, 16.2) compares If-Match with the etag WITHOUT quotes and refuses the quoted form that it returns itself;
// others want the quotes. The bare form is tried first, and the other one when the etag that was refused turns out to be
// the current one; what worked is kept for this process.
//
// A conditional PUT is never repeated blindly: the second try of a won race loses. Where a server's failure makes a
// second try worthwhile, its refusal is reported as "unknown", and who asked reads back.
#include "registry/buckets/s3_kind.hpp"
#include "registry/buckets/s3_listing.hpp"

#include "base/hex.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fmt/core.h>
#include <thread>

namespace ds::s3 {

namespace {

constexpr std::uint64_t max_object_bytes = 17U << 20; // catalogs are the largest
constexpr std::ptrdiff_t md5_digits = 32;
constexpr int max_tries = 5;
constexpr std::uint64_t first_pause_ms = 100;

/// As the server gives it, without quotes; nothing for one that could not be sent back in a header.
std::optional<std::string> bare_etag(const std::string* header) {
    if (header == nullptr) {
        return std::nullopt;
    }
    std::string_view text = *header;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '"'; });
    return plain && !text.empty() && text.size() <= 256 ? std::optional(std::string(text)) : std::nullopt;
}

/// RGW compares as many bytes as its etag has, and so takes whatever begins with the right one.
bool is_longer_than_md5(const std::string& etag) {
    return etag.size() > static_cast<std::size_t>(md5_digits) &&
           std::all_of(etag.begin(), etag.begin() + md5_digits, [](char c) { return hex_digit(c) >= 0; });
}

HttpRequest put_request(Client& client, const std::string& key, ByteView body) {
    auto request = client.request("PUT", client.place().control_bucket, key);
    request.headers = {{"Content-Type", "application/json"}, {body_hash, sha256(body).hex()}, owner_may_read};
    request.body = HttpBody::of(body);
    request.repeat = Repeat::never;
    return request;
}

class Control final : public ControlBucket {
  public:
    explicit Control(std::shared_ptr<Client> client) : client_(std::move(client)) {}

    std::optional<Object> get(const std::string& key) override {
        auto request = client_->request("GET", bucket(), key);
        request.repeat = Repeat::safe;
        request.max_body = max_object_bytes;
        // Spoiled or cut short on the way, where TLS ends before the server, it would be the ground of the next version.
        request.check = [&](const HttpResponse& response) {
            const auto* hash = response.header(body_hash);
            if (hash != nullptr && *hash != sha256(response.body).hex()) {
                throw CorruptObject(fmt::format("{} came with other bytes than were put", describe(key)),
                                    "dsctl registry check");
            }
            if (!bare_etag(response.header("etag"))) {
                throw CorruptObject(fmt::format("{} came without an etag", describe(key)),
                                    "dsctl registry check");
            }
        };
        auto response = client_->send(std::move(request));
        if (is_absent(response) || (response.status == 403 && !is_listed(key, response))) {
            return std::nullopt;
        }
        if (!response.ok()) {
            client_->refuse(response, bucket(), "cannot read " + describe(key));
        }
        auto etag = bare_etag(response.header("etag")).value();
        return Object{std::move(response.body), std::move(etag)};
    }

    Put put_if_absent(const std::string& key, ByteView body) override {
        return put(key, [&] {
            auto request = put_request(*client_, key, body);
            request.headers.emplace_back("If-None-Match", "*");
            return client_->send(std::move(request));
        });
    }

    Put put_if_match(const std::string& key, ByteView body, const std::string& etag) override {
        if (!bare_etag(&etag) || is_longer_than_md5(etag)) {
            return Put::refused;
        }
        const auto form = form_.load();
        const auto put_in = [&](EtagForm as) {
            return put(key, [&] { return s3::put_if_match(*client_, key, body, etag, as); });
        };
        auto outcome = put_in(form);
        if (outcome == Put::refused && !form_known_) {
            const auto current = get(key);
            if (!current || current->etag != etag) {
                return outcome;
            }
            const auto other = form == EtagForm::bare ? EtagForm::quoted : EtagForm::bare;
            outcome = put_in(other);
            if (outcome == Put::done) {
                form_ = other;
            }
        }
        if (outcome == Put::done) {
            form_known_ = true;
        }
        return outcome;
    }

    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        list_keys(*client_, bucket(), prefix, visit);
    }
    void list_after(const std::string& prefix, const std::string& after,
                    const std::function<bool(const std::string&)>& visit) override {
        list_keys(*client_, bucket(), prefix, visit, after);
    }

  private:
    [[nodiscard]] const std::string& bucket() const { return client_->place().control_bucket; }
    [[nodiscard]] std::string describe(const std::string& key) const {
        return fmt::format("'{}' in bucket '{}'", printable(key), bucket());
    }

    static bool is_absent(const HttpResponse& response) {
        return response.status == 404 && error_code(response) != "NoSuchBucket";
    }

    /// Who may list a part of the bucket only is told 403 also for what is not there. The list knows better, as
    /// far as it may be read. @throws the Error of `response` where it may not
    bool is_listed(const std::string& key, const HttpResponse& response) {
        if (error_code(response) != "AccessDenied") {
            return true;
        }
        bool found = false;
        try {
            list_keys(*client_, bucket(), key, [&](const std::string& first) {
                found = first == key;
                return false;
            });
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::auth) {
                client_->refuse(response, bucket(), "cannot read " + describe(key));
            }
            throw;
        }
        return found;
    }

    template <class Send>
    Put put(const std::string& key, Send send) {
        bool doubtful = false; // an earlier try may have landed, or may land yet
        for (int attempt = 0; attempt < max_tries; ++attempt) {
            HttpResponse response;
            try {
                response = send();
            } catch (const HttpError& error) {
                if (error.effect() == HttpError::Effect::unknown || doubtful) {
                    if (error.failure() == HttpFailure::timed_out) {
                        // The outcome alone would not say why.
                        client_->log().warn(error.message() + "; " + std::string(waiting_writes));
                    }
                    return Put::unknown;
                }
                throw;
            }
            if (response.ok()) {
                if (response.header("x-amz-version-id") != nullptr) {
                    refuse_versioned();
                }
                return Put::done;
            }
            if (response.status == 412 || is_absent(response)) {
                return doubtful ? Put::unknown : Put::refused;
            }
            if (response.status < 500 && response.status != 429 && response.status != 409) {
                client_->refuse(response, bucket(), "cannot write " + describe(key));
            }
            doubtful = true;
            pause(attempt);
        }
        return Put::unknown;
    }

    /// RGW ignores If-None-Match there: what was just "created" may have covered somebody else's.
    [[noreturn]] void refuse_versioned() const {
        throw Error(
            ErrorKind::failure,
            fmt::format(
                "bucket '{}' is versioned, and such buckets do not heed conditions on writes; it cannot "
                "be a control bucket",
                bucket()),
            fmt::format("dsctl registry check {}", client_->alias()));
    }

    void pause(int attempt) const {
        const auto bound = first_pause_ms << attempt;
        const auto end = std::chrono::steady_clock::now() +
                         std::chrono::milliseconds(bound / 2 + random_u64() % (bound / 2 + 1));
        while (std::chrono::steady_clock::now() < end) {
            if (client_->stop().stop_requested()) {
                throw Interrupted();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    std::shared_ptr<Client> client_;
    std::atomic<EtagForm> form_ = EtagForm::bare;
    std::atomic<bool> form_known_ = false;
};

} // namespace

HttpResponse put_if_match(Client& client, const std::string& key, ByteView body, const std::string& etag,
                          EtagForm form) {
    auto request = put_request(client, key, body);
    request.headers.emplace_back("If-Match", form == EtagForm::bare ? etag : "\"" + etag + "\"");
    return client.send(std::move(request));
}

std::unique_ptr<ControlBucket> make_control(std::shared_ptr<Client> client) {
    return std::make_unique<Control>(std::move(client));
}

} // namespace ds::s3
