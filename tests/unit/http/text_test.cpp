// URLs, dates, XML, secrets: what is text about HTTP.
#include "base/error.hpp"
#include "http/content_range.hpp"
#include "http/message.hpp"
#include "http/secret.hpp"
#include "http/xml.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {

/// The message of the error a URL makes; empty when there is none.
std::string refusal(const std::string& url) {
    try {
        static_cast<void>(parse_http_url(url));
        return {};
    } catch (const Error& e) {
        CHECK(e.kind() == ErrorKind::usage);
        return e.message();
    }
}

bool refused_xml(const std::string& text) {
    try {
        const XmlDocument document(text, "reply");
        return false;
    } catch (const CorruptObject& e) {
        CHECK(e.message().starts_with("reply: "));
        return true;
    }
}

} // namespace

TEST_CASE("parts of files") {
    CHECK(parse_content_range("bytes 3-4/5") == ContentRange{3, 4, 5});
    CHECK(parse_content_range("bytes 0-0/18446744073709551615") == ContentRange{0, 0, 18446744073709551615u});
    for (const std::string_view text : {"",
                                        "bytes",
                                        "bytes ",
                                        "bytes 3-4",
                                        "bytes 3/5",
                                        "3-4/5",
                                        "byte 3-4/5",
                                        "bytes=3-4/5",
                                        "bytes 3-4/*",
                                        "bytes */5",
                                        "bytes -4/5",
                                        "bytes 3-/5",
                                        "bytes 3-4/",
                                        "bytes 4-3/5",
                                        "bytes 3-5/5",
                                        "bytes 3-4/5 ",
                                        "bytes +3-4/5",
                                        "bytes 3-4/5/6",
                                        "bytes 3/4-5",
                                        "bytes 0-18446744073709551616/2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_content_range(text).has_value());
    }
}

TEST_CASE("URLs") {
    const HttpUrl url = parse_http_url("https://RGW.lab:8443/bucket/a");
    CHECK(url.endpoint == Endpoint{Endpoint::Scheme::https, "rgw.lab", 8443});
    CHECK(url.path == "/bucket/a");
    CHECK(url.endpoint.authority() == "rgw.lab:8443");
    CHECK(parse_http_url("https://rgw.lab").endpoint.authority() == "rgw.lab");
    CHECK(parse_http_url("https://[fd00::1]:81/b").endpoint.url() == "https://[fd00::1]:81");
    CHECK(parse_http_url("http://[::1]/b").endpoint.loopback());
    CHECK(parse_http_url("http://127.8.0.1:80/b").endpoint.authority() == "127.8.0.1");
    CHECK(parse_http_url("http://localhost:1/").endpoint.loopback());
}

TEST_CASE("URLs that are refused") {
    CHECK(refusal("http://rgw.lab/b").find("loopback only") != std::string::npos);
    CHECK(refusal("http://127.evil.lab/b").find("loopback only") != std::string::npos);
    CHECK(refusal("http://128.0.0.1/b").find("loopback only") != std::string::npos);
    for (const char* url :
         {"", "s3://b", "https://", "https:///b", "https://h:0/", "https://h:65536/", "https://h:1x/",
          "https://a b/", "https://h/?x=1", "https://h/#f", "https://h\\@evil/", "https://.h/",
          "https://a..b/", "https://[::1/", "https://[::1]x/", "https://[lab]/", "https://h/a\nb"}) {
        CHECK_MESSAGE(!refusal(url).empty(), url);
    }
    const std::string message = refusal("https://AKIDKEY:secretkey@rgw.lab/b");
    CHECK(message.find("user or password") != std::string::npos);
    CHECK(message.find("secretkey") == std::string::npos);
}

TEST_CASE("percent-encoding") {
    CHECK(percent_encode("a/b c+~\xff", Slash::kept) == "a/b%20c%2B~%FF");
    CHECK(percent_encode("a/b", Slash::encoded) == "a%2Fb");
    CHECK(percent_decode("a%2Fb+%c3").value() == "a/b+\xc3");
    CHECK(!percent_decode("%").has_value());
    CHECK(!percent_decode("%1").has_value());
    CHECK(!percent_decode("%1g").has_value());
}

TEST_CASE("HTTP dates") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value() == 784'111'777);
    CHECK(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT").value() == 1'709'164'800);
    CHECK(!parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT").has_value());
    CHECK(!parse_http_date("Sun, 06 Nov 1994 08:49:37 UTC").has_value());
    CHECK(!parse_http_date("Sun, 06 Xxx 1994 08:49:37 GMT").has_value());
    CHECK(!parse_http_date("Sun, -6 Nov 1994 08:49:37 GMT").has_value());
}

TEST_CASE("bodies are hashed by parts") {
    const std::string large(1'000'000, 'x');
    CHECK(body_sha256(HttpBody::of(large)).hex() ==
          "1b977e9f84f1b26b6ed7f68b0498faee2385ea4125bd29adce4a7d9106ba3134");
    CHECK(body_sha256({}).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("XML of a listing") {
    const XmlDocument document(
        "<?xml version=\"1.0\"?>\n<List xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Truncated>false</Truncated><Item><Key>a &amp; &#x62;</Key></Item> <Item><Key> </Key>"
        "<Size>18446744073709551615</Size></Item><Key><![CDATA[<c>]]></Key></List>",
        "list");
    const XmlElement root = document.root("List");
    CHECK(root.children("Item").size() == 2);
    CHECK(root.children().size() == 4);
    CHECK(root.children("Item")[0].text_of("Key") == "a & b");
    CHECK(root.children("Item")[1].text_of("Key") == " ");
    CHECK(root.children("Item")[1].number("Size") == UINT64_MAX);
    CHECK(root.text_of("Key") == "<c>");
    CHECK(root.text_of("None").empty());
    CHECK(!root.child("None").has_value());
    CHECK_THROWS_AS(static_cast<void>(root.required("None")), CorruptObject);
    CHECK_THROWS_AS(static_cast<void>(root.number("Truncated")), CorruptObject);
    CHECK_THROWS_AS(static_cast<void>(document.root("Error")), CorruptObject);
}

TEST_CASE("XML that is refused") {
    for (const char* text : {"", "x", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a><b></a></b>",
                             "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a>&x;</a>",
                             "<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>",
                             "<a>&amp</a>", "<a b=\"<!DOCTYPE\"", "<a>\x01</a>", "<a><!-- </a>", "<a>x"}) {
        CHECK_MESSAGE(refused_xml(text), text);
    }
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += "<a>";
    }
    CHECK(refused_xml(deep));
    std::string wide = "<a>";
    for (int i = 0; i < 200'001; ++i) {
        wide += "<b/>";
    }
    CHECK(refused_xml(wide + "</a>"));
    CHECK(refused_xml("<a>" + std::string(max_xml_bytes, 'x') + "</a>"));
    CHECK(!refused_xml("<a b='>'><!-- <x> & --><b/>text</a>\n"));
}

TEST_CASE("text is made safe for XML") {
    CHECK(xml_escape("<a b=\"&\">") == "&lt;a b=&quot;&amp;&quot;&gt;");
}

TEST_CASE("a secret keeps its text, and copies share it") {
    Secret copy;
    CHECK(copy.empty());
    {
        const Secret secret("k3y");
        copy = secret;
        CHECK(copy.reveal().data() == secret.reveal().data());
    }
    CHECK(copy.reveal() == "k3y");
    CHECK(!copy.empty());
    CHECK(Secret("").empty());
}
