// AWS's published vectors: its Signature Version 4 test suite, and the examples of the S3 API reference.
#include "codec/hmac.hpp"
#include "http/sigv4.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {

/// The test suite's account, host and time: 2015-08-30T12:36:00Z.
struct Suite {
    HttpRequest request;
    Credentials credentials{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}, {}, {}};
    SigningScope scope{"us-east-1", "service"};
    std::int64_t now = 1'440'938'160;

    explicit Suite(std::string method, std::string path = "/") {
        request.method = std::move(method);
        request.path = std::move(path);
        request.endpoint.host = "example.amazonaws.com";
    }
    [[nodiscard]] std::string authorization() const {
        return sign_v4(request, body_sha256(request.body), credentials, scope, now).back().second;
    }
    [[nodiscard]] std::string signature() const {
        const std::string text = authorization();
        return text.substr(text.rfind('=') + 1);
    }
};

/// The S3 API reference's account, bucket and time: 2013-05-24T00:00:00Z.
struct S3Example : Suite {
    explicit S3Example(std::string method, std::string path) : Suite(std::move(method), std::move(path)) {
        request.endpoint.host = "examplebucket.s3.amazonaws.com";
        credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
        credentials.secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        scope.service = "s3";
        now = 1'369'353'600;
    }
};

} // namespace

TEST_CASE("HMAC-SHA256 as in RFC 4231") {
    CHECK(hmac_sha256(std::string(20, '\x0b'), "Hi There").hex() ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac_sha256("Jefe", "what do ya want for nothing?").hex() ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")
              .hex() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("AWS suite: get-vanilla") {
    CHECK(Suite("GET").authorization() ==
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
          "SignedHeaders=host;x-amz-date, "
          "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST_CASE("AWS suite: get-vanilla-query-order-key-case sorts the query") {
    Suite s("GET");
    s.request.query = {{"Param2", "value2"}, {"Param1", "value1"}};
    CHECK(s.signature() == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_CASE("AWS suite: get-vanilla-query-unreserved leaves unreserved characters") {
    Suite s("GET");
    const std::string all = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    s.request.query = {{all, all}};
    CHECK(s.signature() == "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197");
}

TEST_CASE("AWS suite: get-vanilla-empty-query-key") {
    Suite s("GET");
    s.request.query = {{"Param1", "value1"}};
    CHECK(s.signature() == "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb");
}

TEST_CASE("AWS suite: get-utf8 and get-space encode the path once") {
    CHECK(Suite("GET", "/\xe1\x88\xb4").signature() ==
          "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
    CHECK(Suite("GET", "/example space/").signature() ==
          "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
}

TEST_CASE("AWS suite: get-header-value-trim") {
    Suite s("GET");
    s.request.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}};
    CHECK(s.signature() == "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST_CASE("AWS suite: post-vanilla, post-header-key-sort and post-x-www-form-urlencoded") {
    Suite s("POST");
    CHECK(s.signature() == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    s.request.headers = {{"My-Header1", "value1"}};
    CHECK(s.signature() == "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c");
    s.request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    s.request.body = HttpBody::of("Param1=value1");
    CHECK(s.signature() == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST_CASE("AWS suite: post-sts-header-before signs the session token") {
    Suite s("POST");
    s.credentials.session_token =
        Secret("AQoDYXdzEPT//////////"
               "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"
               "KD8YUuwthAx7mSEI/qkPpKPi/"
               "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd"
               "8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"
               "scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3i"
               "SIlTJabIQwj2ICCR/oLxBA==");
    CHECK(s.signature() == "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

TEST_CASE("S3 API reference: GET object with a range") {
    S3Example s("GET", "/test.txt");
    s.request.headers = {{"Range", "bytes=0-9"}};
    CHECK(s.authorization() ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
          "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
          "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("S3 API reference: PUT object") {
    S3Example s("PUT", "/test$file.text");
    s.request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                         {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    s.request.body = HttpBody::of("Welcome to Amazon S3.");
    CHECK(s.signature() == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("S3 API reference: a query without value, and one with two") {
    S3Example s("GET", "/");
    s.request.query = {{"lifecycle", ""}};
    CHECK(s.signature() == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    s.request.query = {{"prefix", "J"}, {"max-keys", "2"}};
    CHECK(s.signature() == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}
