// The S3 kind against a server that lies, fails half way, or spells things in another way than RGW: no Ceph needed.
#include "base/error.hpp"
#include "codec/hash.hpp"
#include "registry/buckets/s3.hpp"
#include "unit/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <fmt/core.h>

using namespace ds;
using ds::test::LoopbackServer;
using ds::test::ReceivedRequest;
using ds::test::ServerConnection;

namespace {

struct Reply {
    std::string status = "200 OK";
    std::string body;
    std::string headers;
    bool reset = false; ///< instead of any reply
};

/// A server that answers by a function, and the buckets over it.
class Fake {
  public:
    explicit Fake(std::function<Reply(const ReceivedRequest&)> script)
        : server_([script = std::move(script), this](ServerConnection& connection) {
              while (const auto request = connection.receive()) {
                  ++requests;
                  const auto reply = script(*request);
                  if (reply.reset) {
                      connection.reset();
                      return;
                  }
                  connection.reply(reply.status, reply.body, reply.headers);
              }
          }) {
        setenv("AWS_ACCESS_KEY_ID", "nobody", 1);
        setenv("AWS_SECRET_ACCESS_KEY", "nothing", 1);
        unsetenv("AWS_PROFILE");
        buckets = open_s3_buckets(server_.endpoint().url() + "/data", {});
    }
    std::atomic<int> requests = 0;

  private:
    LoopbackServer server_;

  public:
    Buckets buckets; // goes first: the server waits for its clients
};

Reply refusal(const std::string& status, const std::string& code) {
    return {status, "<Error><Code>" + code + "</Code><Message></Message></Error>", "", false};
}
Reply keys(const std::string& inner, bool truncated) {
    return {
        "200 OK",
        fmt::format("<ListBucketResult><IsTruncated>{}</IsTruncated>{}</ListBucketResult>", truncated, inner),
        "", false};
}
std::string key(const std::string& name) {
    return "<Contents><Key>" + name + "</Key><Size>1</Size></Contents>";
}
Reply versions(const std::string& inner, bool truncated) {
    return {"200 OK",
            fmt::format("<ListVersionsResult><IsTruncated>{}</IsTruncated>{}</ListVersionsResult>", truncated,
                        inner),
            "", false};
}
std::string version(const std::string& name, const std::string& id) {
    return fmt::format("<Version><Key>{}</Key><VersionId>{}</VersionId><Size>1</Size></Version>", name, id);
}
std::string marker(const std::string& name, const std::string& id) {
    return fmt::format("<DeleteMarker><Key>{}</Key><VersionId>{}</VersionId></DeleteMarker>", name, id);
}
bool has(const ReceivedRequest& request, const std::string& text) {
    return request.target.find(text) != std::string::npos;
}

template <class Call>
Error error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorKind::usage, "nothing was thrown"};
}

std::vector<std::string> list(ControlBucket& control) {
    std::vector<std::string> found;
    control.list("p/", [&](const std::string& name) {
        found.push_back(name);
        return true;
    });
    return found;
}

using Put = ControlBucket::Put;

} // namespace

TEST_CASE("a listing that repeats, goes back, leaves the prefix, or promises more without end is an error") {
    for (const auto& page :
         {keys(key("p/a"), true), keys(key("p/b") + key("p/a"), false), keys(key("p/a") + key("p/a"), false),
          keys(key("q/a"), false), keys("", true), keys("<Contents><Key></Key></Contents>", false),
          Reply{"200 OK", "<ListBucketResult/>", "", false}, Reply{"200 OK", "not XML", "", false}}) {
        CAPTURE(page.body);
        Fake fake([page](const auto&) { return page; });
        CHECK(error_of([&] { (void)list(*fake.buckets.control); }).kind() == ErrorKind::corrupt);
        // What is no XML at all may have been cut short on the way, and is asked for again.
        CHECK((fake.requests <= 2 || page.body == "not XML"));
    }
}

TEST_CASE("pages of a listing are asked for from behind the last key") {
    Fake fake([](const ReceivedRequest& request) {
        return has(request, "start-after=p%2Fb") ? keys(key("p/c"), false)
                                                 : keys(key("p/a") + key("p/b"), true);
    });
    CHECK(list(*fake.buckets.control) == std::vector<std::string>{"p/a", "p/b", "p/c"});
}

TEST_CASE("versions come oldest first by their place in the list, across pages and delete markers") {
    Fake fake([](const ReceivedRequest& request) {
        if (has(request, "version-id-marker=k3")) {
            return versions(version("k", "k2") + marker("k", "m1") + version("k", "k1") + version("k2", "x"),
                            false);
        }
        return versions(marker("k", "m2") + version("k", "k3"), true);
    });
    std::vector<std::string> ids;
    for (const auto& found : fake.buckets.data->versions("k")) {
        ids.push_back(found.version_id);
    }
    CHECK(ids == std::vector<std::string>{"k1", "k2", "k3"});
}

TEST_CASE("a list of versions that repeats one is an error") {
    Fake again([](const auto&) { return versions(version("k", "k1"), true); });
    CHECK(error_of([&] { (void)again.buckets.data->versions("k"); }).kind() == ErrorKind::corrupt);
    Fake back([](const auto&) { return versions(version("kb", "1") + version("ka", "2"), false); });
    CHECK(error_of([&] { back.buckets.data->list_versions("k", [](const auto&) { return true; }); }).kind() ==
          ErrorKind::corrupt);
}

TEST_CASE("the outcome of a conditional put is what can be known of it") {
    const auto put = [](std::function<Reply(int)> script) {
        std::atomic<int> n = 0;
        Fake fake([&, script](const auto&) { return script(n++); });
        return fake.buckets.control->put_if_absent("k", "body");
    };
    CHECK(put([](int) { return Reply{}; }) == Put::done);
    CHECK(put([](int) { return refusal("412 Precondition Failed", "PreconditionFailed"); }) == Put::refused);
    CHECK(put([](int n) { return n < 2 ? refusal("503 Slow Down", "SlowDown") : Reply{}; }) == Put::done);
    // It may have been one's own first try that won.
    CHECK(put([](int n) {
              return n == 0 ? refusal("500 Internal Server Error", "UnknownError")
                            : refusal("412 Precondition Failed", "PreconditionFailed");
          }) == Put::unknown);
    CHECK(put([](int) { return Reply{"", "", "", true}; }) == Put::unknown);
    const auto versioned = error_of([&] {
        (void)put([](int) { return Reply{"200 OK", "", "x-amz-version-id: 1\r\n", false}; });
    });
    CHECK(versioned.kind() == ErrorKind::failure);
    CHECK(versioned.message().find("versioned") != std::string::npos);
}

TEST_CASE("a server that wants etags in quotes gets them, and from then on at once") {
    std::atomic<int> bare = 0;
    Fake fake([&](const ReceivedRequest& request) {
        if (request.method == "GET") {
            return Reply{"200 OK", "x", "ETag: \"abc\"\r\n", false};
        }
        if (request.headers.at("if-match") == "\"abc\"") {
            return Reply{};
        }
        ++bare;
        return refusal("412 Precondition Failed", "PreconditionFailed");
    });
    CHECK(fake.buckets.control->put_if_match("k", "body", "abc") == Put::done);
    CHECK(fake.buckets.control->put_if_match("k", "body", "abc") == Put::done);
    CHECK(bare == 1);
    CHECK(fake.buckets.control->put_if_match("k", "body", "abcd") == Put::refused);
    CHECK(fake.buckets.control->put_if_match("k", "body", "a\r\nx: y") == Put::refused);
}

TEST_CASE("a range must be the one that was asked for") {
    const auto get = [](const std::string& range, const std::string& body, const std::string& status) {
        Fake fake([&](const auto&) {
            return Reply{status, body, "Content-Range: " + range + "\r\n", false};
        });
        ByteString out = "kept";
        const auto error = error_of([&] { fake.buckets.data->get("k", "id", 2, 3, out); });
        CHECK((out == "kept" || error.kind() == ErrorKind::usage));
        return error.kind();
    };
    CHECK(get("bytes 2-4/9", "abc", "206 Partial Content") == ErrorKind::usage); // taken
    CHECK(get("bytes 3-5/9", "abc", "206 Partial Content") == ErrorKind::retry);
    CHECK(get("bytes 2-3/4", "ab", "206 Partial Content") == ErrorKind::corrupt);
    CHECK(get("nonsense", "abc", "206 Partial Content") == ErrorKind::retry);
    CHECK(get("bytes 2-4/9", "abc", "200 OK") == ErrorKind::retry);
}

TEST_CASE("refusals say what is wrong and how to go on") {
    const auto refused = [](const Reply& reply) {
        Fake fake([reply](const ReceivedRequest& request) {
            return request.target == "/" ? Reply{} : reply; // keys that the server knows
        });
        return error_of([&] { (void)fake.buckets.control->get("k"); });
    };
    auto skewed = refusal("403 Forbidden", "RequestTimeTooSkewed");
    skewed.headers = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    CHECK(refused(skewed).kind() == ErrorKind::auth);
    CHECK(refused(skewed).message().find("min ahead of 127.0.0.1") != std::string::npos);
    CHECK(refused(refusal("403 Forbidden", "QuotaExceeded")).kind() == ErrorKind::failure);
    const auto missing = refused(refusal("404 Not Found", "NoSuchBucket"));
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK(missing.hint().find("dsctl registry init") != std::string::npos);
    CHECK(refused(refusal("403 Forbidden", "SignatureDoesNotMatch")).kind() == ErrorKind::auth);
    CHECK(refused(refusal("400 Bad Request", "\x1b[31mred")).message().find('\x1b') == std::string::npos);
    CHECK(refused({"200 OK", "x", "", false}).kind() == ErrorKind::corrupt); // no etag
}

TEST_CASE("a copy that fails behind a 200 is not taken for one") {
    Fake fake([](const auto&) { return refusal("200 OK", "InternalError"); });
    CHECK(error_of([&] { (void)fake.buckets.data->copy("a", "id", "b"); }).kind() == ErrorKind::unknown);
}

TEST_CASE("an id that could mean something else is never sent") {
    Fake fake([](const auto&) { return Reply{"204 No Content", "", "", false}; });
    for (const auto* id : {"", "null", "a b", "a\nb"}) {
        fake.buckets.data->remove("k", id);
        CHECK_FALSE(fake.buckets.data->size("k", id).has_value());
    }
    CHECK(fake.requests == 0);
}

TEST_CASE("what was spoiled on the way is asked for again, and three times spoiled it is damage") {
    const std::string right = "a record";
    const auto hash = "x-amz-meta-dsctl-sha256: " + sha256(right).hex() + "\r\n";
    for (const int spoiled : {1, 2, 3}) {
        CAPTURE(spoiled);
        std::atomic<int> asked = 0;
        Fake fake([&](const ReceivedRequest& request) {
            const bool bad = ++asked <= spoiled;
            if (request.method == "HEAD") {
                return Reply{"200 OK", "",
                             fmt::format("x-amz-object-lock-mode: {}\r\n"
                                         "x-amz-object-lock-retain-until-date: 2030-01-02T03:04:05Z\r\n",
                                         bad ? "COMPLIENCE" : "COMPLIANCE"),
                             false};
            }
            if (has(request, "data-ctl")) {
                return Reply{"200 OK", right, bad ? hash : hash + "ETag: \"abc\"\r\n", false};
            }
            return Reply{"206 Partial Content", bad ? "a recurd" : right,
                         hash + "Content-Range: bytes 0-7/8\r\n", false};
        });
        std::string out = "before ";
        const auto read = [&] { fake.buckets.data->get("k", "id", 0, right.size(), out); };
        const auto look = [&] { return fake.buckets.data->status("k", "id"); };
        const auto document = [&] { return fake.buckets.control->get("k"); };
        if (spoiled == 3) {
            for (const std::function<void()>& call :
                 {std::function<void()>(read), std::function<void()>([&] { (void)look(); }),
                  std::function<void()>([&] { (void)document(); })}) {
                asked = 0;
                CHECK(error_of(call).kind() == ErrorKind::corrupt);
                CHECK(asked == 3);
            }
            CHECK(out == "before ");
            continue;
        }
        read();
        CHECK(out == "before a record");
        CHECK(asked == spoiled + 1);
        asked = 0;
        CHECK(look()->retention.mode == RetentionMode::compliance);
        CHECK(asked == spoiled + 1);
        asked = 0;
        CHECK(document()->body == right);
        CHECK(asked == spoiled + 1);
    }
}

TEST_CASE("small objects are put with their hash, packs have hashes of their own") {
    std::string given;
    Fake fake([&](const ReceivedRequest& request) {
        const auto at = request.headers.find("x-amz-meta-dsctl-sha256");
        given = at != request.headers.end() ? at->second : "none";
        return Reply{"200 OK", "", "x-amz-version-id: 1\r\n", false};
    });
    (void)fake.buckets.data->put("k", MemoryBody("small"), {});
    CHECK(given == sha256("small").hex());
    const std::string large((1u << 20) + 1, 'x');
    (void)fake.buckets.data->put("k", MemoryBody(large), {});
    CHECK(given == "none");
}

TEST_CASE("a storage that is full says so") {
    const auto refused = [](const Reply& reply) {
        Fake fake([&](const ReceivedRequest&) { return reply; });
        return error_of([&] { (void)fake.buckets.data->put("k", MemoryBody("x"), {}); });
    };
    for (const auto& reply :
         {refusal("507 Insufficient Storage", ""), refusal("400 Bad Request", "InsufficientStorage")}) {
        CHECK(refused(reply).kind() == ErrorKind::failure);
        CHECK(refused(reply).message().find("the storage is full") != std::string::npos);
    }
    CHECK(refused(refusal("403 Forbidden", "QuotaExceeded")).message().find("quota") != std::string::npos);
}
