// The client against a real RGW: signatures that it accepts and refuses, and what is told under every fault.
#include "codec/hash.hpp"
#include "fault/rgw_support.hpp"
#include "http/xml.hpp"

#include <set>

using namespace ds;
using namespace ds::test;

namespace {

std::string make_bucket(Client& client, const Endpoint& endpoint) {
    const std::string bucket = "/fault-" + random_hex(6);
    REQUIRE(client.http.perform(signed_request(endpoint, "PUT", bucket)).ok());
    return bucket;
}

HttpOptions secure_options() {
    HttpOptions options = with_tries(3);
    options.ca_file = cluster_variable("CEPH_CA");
    options.stall_timeout = std::chrono::seconds(10);
    return options;
}

std::string code_of(const HttpResponse& response) {
    return XmlDocument(response.body, "error").root("Error").text_of("Code");
}

/// The object as it is, by a client and a way without faults; nothing when absent.
std::optional<std::string> read_back(const std::string& path) {
    Client client(secure_options());
    const HttpResponse response = client.http.perform(signed_request(plain_rgw(), "GET", path));
    return response.ok() ? std::optional(response.body) : std::nullopt;
}

} // namespace

TEST_CASE("RGW accepts the signatures of every key and query, over TLS") {
    Client client(secure_options());
    const Endpoint rgw = secure_rgw();
    const std::string bucket = make_bucket(client, rgw);
    for (const char* key : {"plain", "a b+c", "..", "../x", "a//b", "/lead", "t/", "%41", "\xc3\xa9",
                            "q?x=1&y", "#h", "a\tb", "~!*'()", "=;:@$,[]"}) {
        CAPTURE(key);
        const std::string path = bucket + '/' + key;
        CHECK(client.http.perform(signed_request(rgw, "PUT", path, key)).ok());
        CHECK(client.http.perform(signed_request(rgw, "GET", path)).body == key);
        CHECK(client.http.perform(signed_request(rgw, "HEAD", path)).ok());
    }
    HttpRequest list = signed_request(rgw, "GET", bucket);
    list.query = {{"prefix", "a b+"}, {"list-type", "2"}, {"encoding-type", "url"}, {"delimiter", "/"}};
    const HttpResponse response = client.http.perform(list);
    const XmlDocument document(response.body, "list");
    CHECK(percent_decode(document.root("ListBucketResult").children("Contents").at(0).text_of("Key")) ==
          "a b+c");
    HttpRequest versioning = signed_request(rgw, "GET", bucket);
    versioning.query = {{"versioning", ""}};
    CHECK(client.http.perform(versioning).ok());
    CHECK(client.http.perform(signed_request(rgw, "DELETE", bucket + "/plain")).status == 204);
}

TEST_CASE("RGW refuses a wrong clock, a wrong payload and a wrong key, and says which") {
    Client client(secure_options());
    const Endpoint rgw = secure_rgw();
    const std::string bucket = make_bucket(client, rgw);
    for (const std::int64_t skew : {-960, 960}) {
        const HttpResponse response = client.http.perform(signed_request(rgw, "GET", bucket, {}, skew));
        CHECK(response.status == 403);
        CHECK(code_of(response) == "RequestTimeTooSkewed");
        CHECK(std::abs(response.received - response.date().value()) <= 2);
    }
    CHECK(client.http.perform(signed_request(rgw, "GET", bucket, {}, 880)).ok());
    HttpRequest request = signed_request(rgw, "PUT", bucket + "/x", "signed");
    request.body = HttpBody::of("turned");
    CHECK(code_of(client.http.perform(request)) == "XAmzContentSHA256Mismatch");
    request = signed_request(rgw, "GET", bucket);
    request.authorize = [](const HttpRequest& r) {
        Credentials wrong = owner();
        wrong.secret_access_key = Secret("wrong");
        return sign_v4(r, sha256({}), wrong, {"us-east-1", "s3"}, unix_now());
    };
    const std::string code =
        code_of(client.http.perform(request)); // the latter where RGW also takes keys of its STS
    CHECK((code == "SignatureDoesNotMatch" || code == "AccessDenied"));
}

TEST_CASE("the certificate of another authority is refused") {
    Client client(with_tries(3));
    CHECK(failure_of(client, signed_request(secure_rgw(), "GET", "/")).failure() == HttpFailure::tls);
}

TEST_CASE("reads and writes through every fault, at every tenth") {
    Client direct(secure_options());
    const std::string bucket = make_bucket(direct, plain_rgw());
    std::string content(200'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(i * 7919 >> 8);
    }
    for (const Fault fault : all_faults()) {
        const bool partial =
            fault == Fault::reset_body || fault == Fault::short_body || fault == Fault::short_length;
        for (unsigned tenth = partial ? 0 : 5; tenth < (partial ? 10U : 6U); ++tenth) {
            CAPTURE(name_of(fault));
            CAPTURE(tenth);
            std::set<std::string> struck; // each request's first copy meets the fault
            FaultProxy proxy(plain_rgw().port, [&](const ProxiedRequest& request) {
                return FaultProxy::Choice{struck.insert(request.method).second ? fault : Fault::none, tenth};
            });
            Client client(with_tries(5));
            const std::string path = bucket + "/" + name_of(fault) + std::to_string(tenth);
            CHECK(client.http.perform(signed_request(proxy.endpoint(), "PUT", path, content)).ok());
            HttpRequest get = signed_request(proxy.endpoint(), "GET", path);
            get.expected_body = content.size();
            const std::string body = client.http.perform(get).body;
            CHECK((body == content) == (fault != Fault::wrong_bytes));
        }
    }
}

TEST_CASE("what is told of a conditional write is true, and it is sent once") {
    Client direct(secure_options());
    const std::string bucket = make_bucket(direct, plain_rgw());
    for (const Fault fault : all_faults()) {
        CAPTURE(name_of(fault));
        FaultProxy proxy(plain_rgw().port, [fault](const ProxiedRequest&) {
            return FaultProxy::Choice{fault, 0};
        });
        Client client(with_tries(5));
        const std::string path = bucket + "/" + name_of(fault);
        HttpRequest put = signed_request(proxy.endpoint(), "PUT", path, "mine");
        put.repeat = Repeat::never;
        put.headers = {{"If-None-Match", "*"}};
        bool unknown = false;
        bool done = false;
        try {
            done = client.http.perform(put).ok();
        } catch (const HttpError& error) {
            unknown = error.effect() == HttpError::Effect::unknown;
        }
        CHECK(proxy.exchanges().size() == 1);
        const bool is_there = read_back(path).has_value();
        CHECK((unknown || is_there == done || fault == Fault::late_500)); // a 500 says nothing
        CHECK((fault != Fault::reply_lost || (unknown && is_there)));
        // And again, for sure: it is refused exactly when it is there.
        put.endpoint = plain_rgw();
        CHECK(direct.http.perform(put).status == (is_there ? 412 : 200));
    }
}
