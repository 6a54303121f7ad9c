// stdout and --json.
#include "base/error.hpp"
#include "codec/json.hpp"
#include "term/json_document.hpp"
#include "term/output.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace ds::cli;

namespace {

/// What `write` puts into an Output.
template <class Write>
std::string written(const Write& write) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    Output out(ends[1], nullptr);
    write(out);
    out.flush();
    close(ends[1]);
    std::string text(1 << 16, '\0');
    const auto n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

} // namespace

TEST_CASE("json: a document is one document, whatever is in it") {
    const auto text = written([](Output& out) {
        JsonDocument json(out, "ls");
        json.member("name", ds::Json("a\"b\n"));
        json.begin_array("entries");
        ds::Json item = ds::Json::object();
        set_bytes(item, "path", "x\xffy");
        json.item(item);
        json.item(ds::Json(1));
        json.end_array();
        json.begin_array("none");
        json.end_array();
        json.finish();
    });
    const auto json = ds::Json::parse(text, "test");
    CHECK(json.at("schema").str() == "dsctl.ls/1");
    CHECK(json.at("name").str() == "a\"b\n");
    REQUIRE(json.at("entries").items().size() == 2);
    CHECK(json.at("entries").items()[0].at("path").str() == "x\xef\xbf\xbdy");
    CHECK(json.at("entries").items()[0].at("path_base64").str() == "eP95");
    CHECK(json.at("none").items().empty());
    CHECK(text.starts_with("{\n  \"schema\""));
    CHECK(text.ends_with("}\n"));
}

TEST_CASE("json: bytes that are UTF-8 need no base64") {
    ds::Json item = ds::Json::object();
    set_bytes(item, "path", "caf\u00e9");
    CHECK(item.find("path_base64") == nullptr);
}

TEST_CASE("output: keeps order over its buffer's size") {
    const auto text = written([](Output& out) {
        out.write("a");
        out.write(std::string(40'000, 'b'));
        out.line("c");
    });
    CHECK(text.size() == 40'003);
    CHECK(text.front() == 'a');
    CHECK(text.ends_with("bc\n"));
}

TEST_CASE("output: a reader that left is told apart from a full disk") {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    Output broken(ends[1], nullptr);
    broken.write("x");
    CHECK_THROWS_AS(broken.flush(), BrokenPipe);
    close(ends[1]);

    const int full = open("/dev/full", O_WRONLY);
    REQUIRE(full >= 0);
    Output disk(full, nullptr);
    disk.write("x");
    CHECK_THROWS_AS(disk.flush(), ds::Error);
    close(full);
}
