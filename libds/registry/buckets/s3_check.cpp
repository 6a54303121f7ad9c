// What `registry check` asks of the S3 kind beside the promises of bucket.hpp: the way to the server, who we are there,
// and how the buckets are set up.
#include "registry/buckets/s3_kind.hpp"

#include "base/path.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fmt/core.h>
#include <thread>

namespace ds::s3 {

namespace {

using Status = CheckLine::Status;

constexpr std::int64_t tolerable_skew = 60; // of the 15 minutes at which requests are refused
constexpr int racers = 16;

class Lines {
  public:
    void add(Status status, std::string what, std::string remedy = {}) {
        lines_.push_back({status, std::move(what), std::move(remedy)});
    }
    void add(bool good, std::string what, std::string remedy) {
        add(good ? Status::ok : Status::bad, std::move(what), good ? "" : std::move(remedy));
    }
    /// One that throws is a bad line. @returns whether it did not
    template <class Probe>
    bool run(const std::string& what, Probe probe) {
        try {
            probe();
            return true;
        } catch (const NotGranted& error) { // nothing is known against the bucket
            add(Status::denied, what, error.message());
            return false;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            add(Status::bad, fmt::format("{}: {}", what, error.message()), error.hint());
            lines_.back().refused = error.kind() == ErrorKind::auth;
            return false;
        }
    }
    std::vector<CheckLine> take() { return std::move(lines_); }

  private:
    std::vector<CheckLine> lines_;
};

void check_way(Lines& lines, Client& client, const HttpResponse& response) {
    const auto& endpoint = client.place().endpoint;
    if (endpoint.scheme == Endpoint::Scheme::https) {
        lines.add(
            Status::ok,
            fmt::format("{} is spoken to over TLS 1.2 or later, its certificate and name verified by {}",
                        endpoint.authority(),
                        client.ca_file().empty() ? "the system's authorities" : printable(client.ca_file())));
    } else {
        lines.add(Status::weak,
                  fmt::format("{} is spoken to without encryption, on this machine only", endpoint.url()),
                  "use https:// for everything else");
    }
    if (const auto date = response.date()) {
        const auto ahead = response.received - *date;
        lines.add(std::abs(ahead) <= tolerable_skew,
                  ahead == 0 ? std::string("this machine's clock agrees with the server's")
                             : fmt::format("this machine's clock is {} s {} the server's", std::abs(ahead),
                                           ahead > 0 ? "ahead of" : "behind"),
                  "set the clock (timedatectl set-ntp true); beyond 15 min every request is refused");
    } else {
        lines.add(Status::weak, "the server does not tell its time", "compare the clocks by hand");
    }
}

void check_buckets(Lines& lines, Client& client) {
    const auto& data = client.place().data_bucket;
    const auto& control = client.place().control_bucket;
    lines.run(fmt::format("bucket '{}'", data), [&] {
        const auto versioning = versioning_of(client, data);
        lines.add(versioning == Versioning::enabled, fmt::format("data bucket '{}' is versioned", data),
                  fmt::format("dsctl registry init NAME {}", printable(client.place().url)));
        const auto lock = object_lock_of(client, data);
        lines.add(lock.enabled ? Status::ok : Status::weak,
                  fmt::format("data bucket '{}' {} Object Lock", data, lock.enabled ? "has" : "has no"),
                  lock.enabled
                      ? ""
                      : "nothing can be published here; Object Lock comes with a new bucket only: dsctl "
                        "registry init");
        if (lock.default_retention) {
            lines.add(Status::bad, fmt::format("data bucket '{}' locks everything that is put into it", data),
                      "remove its default retention: drafts could never be collected");
        }
    });
    lines.run(fmt::format("bucket '{}'", control), [&] {
        lines.add(versioning_of(client, control) == Versioning::never,
                  fmt::format("control bucket '{}' is not versioned", control),
                  "configure another control-bucket: versioned ones do not heed conditions on writes");
    });
}

/// A bucket with Object Lock and versions is not enough of a promise: conditions are tried in both spellings.
void check_conditions(Lines& lines, const std::shared_ptr<Client>& shared) {
    auto& client = *shared;
    const auto key = fmt::format(".check/{}/etag", random_hex(8));
    const bool tried = lines.run("conditions on writes", [&] {
        const auto control = make_control(shared);
        if (control->put_if_absent(key, "first") != ControlBucket::Put::done) {
            lines.add(Status::bad, "an object could not be created", "dsctl registry policy");
            return;
        }
        std::string works;
        for (const auto form : {EtagForm::bare, EtagForm::quoted}) {
            const std::string_view word = form == EtagForm::bare ? "bare" : "quoted";
            const auto before = control->get(key);
            const auto stale = std::string(before->etag.size(), '0');
            const auto wrong = put_if_match(client, key, "wrong", stale, form).ok();
            if (wrong) {
                lines.add(Status::bad, fmt::format("If-Match with a stale, {} etag is not refused", word),
                          "this storage loses updates; it cannot hold a control bucket");
                return;
            }
            if (put_if_match(client, key, fmt::format("{} {}", word, random_hex(8)), before->etag, form)
                    .ok()) {
                works += works.empty() ? word : std::string(" and ") + std::string(word);
            }
        }
        lines.add(!works.empty(),
                  works.empty() ? "If-Match works in no spelling" : "If-Match works with etags " + works,
                  "this storage cannot hold a control bucket; use Ceph's unversioned buckets");
    });
    const std::string race = "a race of creators";
    if (!tried) {
        lines.add(Status::denied, race, "stands upon what could not be tried: conditions on writes");
        return;
    }
    lines.run(race, [&] {
        const auto raced = fmt::format(".check/{}/race", random_hex(8));
        std::atomic<int> winners = 0;
        std::atomic<int> unclear = 0;
        std::vector<std::thread> threads;
        threads.reserve(racers);
        const auto control = make_control(shared);
        for (int i = 0; i < racers; ++i) {
            threads.emplace_back([&, i] {
                try {
                    const auto outcome = control->put_if_absent(raced, fmt::format("racer {}", i));
                    winners += outcome == ControlBucket::Put::done ? 1 : 0;
                    unclear += outcome == ControlBucket::Put::unknown ? 1 : 0;
                } catch (const Error&) {
                    ++unclear;
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        lines.add(winners == 1 || (winners == 0 && unclear > 0),
                  fmt::format("of {} who create the same object at once, {}", racers,
                              winners == 1 ? "one succeeds" : fmt::format("{} succeed", winners.load())),
                  "this storage loses updates; it cannot hold a control bucket");
    });
}

} // namespace

std::vector<CheckLine> check(const std::shared_ptr<Client>& shared) {
    auto& client = *shared;
    Lines lines;
    const auto& place = client.place();
    const bool there = lines.run("the server", [&] {
        lines.add(Status::ok,
                  fmt::format("credentials come from {}", printable(client.credentials_source())));
        auto request = client.request("GET", place.control_bucket);
        request.query = {{"versioning", ""}};
        request.repeat = Repeat::safe;
        const auto response = client.send(std::move(request));
        check_way(lines, client, response);
        if (!response.ok()) {
            client.refuse(response, place.control_bucket,
                          fmt::format("cannot ask about bucket '{}'", place.control_bucket));
        }
    });
    if (there) {
        check_buckets(lines, client);
        check_conditions(lines, shared);
    }
    return lines.take();
}

} // namespace ds::s3
