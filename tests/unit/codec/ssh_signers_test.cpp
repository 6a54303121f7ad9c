// allowed_signers files: OpenSSH's format, and what it means.
#include "ssh_samples.hpp"

#include "base/error.hpp"
#include "codec/ssh_signers.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace ds;
using namespace ds_test;
using Answer = SignerVerdict::Answer;

namespace {

constexpr std::string_view purpose = "dsctl-publish@v1";
constexpr std::int64_t in_2026 = 1'767'323'045; // 2026-01-02T03:04:05Z

Answer answer(const std::string& options, std::int64_t time = in_2026) {
    const auto signers =
        parse_allowed_signers("ada@lab " + options + " " + sample_public(0).line() + "\n", "the file");
    return judge_signer(signers, sample_public(0), purpose, time).answer;
}

std::string refusal(const std::string& text) {
    try {
        (void)parse_allowed_signers(text, "the file");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return error.message();
    }
    return "";
}

} // namespace

TEST_CASE("allowed signers: lines, comments, quotes, other kinds of keys") {
    const auto key = sample_public(0).line();
    const auto signers = parse_allowed_signers("# people\n\n  ada@lab,ada@home " + key + " a comment\r\n" +
                                                   "\"Bo of the lab\" " + sample_public(1).line() + "\n" +
                                                   "cy ssh-rsa AAAAB3Nz\n*@lab namespaces=\"file\" " + key,
                                               "the file");
    REQUIRE(signers.size() == 3);
    CHECK(signers[0].principals == "ada@lab,ada@home");
    CHECK(signers[0].key == sample_public(0));
    CHECK(signers[1].principals == "Bo of the lab");
    CHECK(signers[2].purposes == "file");
    CHECK(judge_signer(signers, sample_public(1), purpose, 0).principals == "Bo of the lab");
    CHECK(judge_signer(signers, sample_public(2), purpose, 0).answer == Answer::unknown_key);
}

TEST_CASE("allowed signers: namespaces") {
    CHECK(answer("") == Answer::accepted);
    CHECK(answer("namespaces=\"dsctl-publish@v1\"") == Answer::accepted);
    CHECK(answer("NameSpaces=\"git,dsctl-*\"") == Answer::accepted);
    CHECK(answer("namespaces=\"git,file\"") == Answer::other_purpose);
    CHECK(answer("namespaces=\"*,!dsctl-publish@v1\"") == Answer::other_purpose);
    CHECK(answer("namespaces=\"\"") == Answer::other_purpose);
}

TEST_CASE("allowed signers: times, both ends included") {
    CHECK(answer("valid-after=\"20260101Z\"") == Answer::accepted);
    CHECK(answer("valid-after=\"20260103Z\"") == Answer::not_yet_valid);
    CHECK(answer("valid-before=\"20260101\"") == Answer::expired);
    CHECK(answer("valid-before=\"20260102030405Z\"") == Answer::accepted);
    CHECK(answer("valid-before=\"20260102030405Z\"", in_2026 + 1) == Answer::expired);
    CHECK(answer("valid-after=\"20260102030405Z\"", in_2026 - 1) == Answer::not_yet_valid);
    setenv("TZ", "UTC-5", 1); // east of Greenwich: local midnight is before that of UTC
    tzset();
    CHECK(answer("valid-before=\"20260102080405\"") == Answer::accepted);
    CHECK(answer("valid-before=\"20260102080404\"") == Answer::expired);
    unsetenv("TZ");
    tzset();
}

TEST_CASE("allowed signers: of several lines any that accepts will do") {
    const auto key = sample_public(0).line();
    const auto signers =
        parse_allowed_signers("old valid-before=\"20200101Z\" " + key + "\nnew " + key, "the file");
    const auto verdict = judge_signer(signers, sample_public(0), purpose, in_2026);
    CHECK(verdict.answer == Answer::accepted);
    CHECK(verdict.principals == "new");
}

TEST_CASE("allowed signers: what is not understood is refused, with its line") {
    const auto key = sample_public(0).line();
    CHECK(refusal("# fine\nca cert-authority " + key).find("line 2: cert-authority is not supported") !=
          std::string::npos);
    CHECK(refusal("ca CERT-AUTHORITY,namespaces=\"file\" " + key).find("cert-authority") !=
          std::string::npos);
    for (const std::string& bad :
         {std::string("ada"), "ada " + key.substr(0, 30), "\"ada " + key, "ada no-touch-required " + key,
          "ada namespaces=file " + key, "ada namespaces=\"file " + key,
          "ada namespaces=\"a\"namespaces=\"b\" " + key, "ada namespaces=\"a\",namespaces=\"b\" " + key,
          "ada namespaces=\"a\", " + key, "ada valid-after=\"2026\" " + key,
          "ada valid-after=\"20261301\" " + key, "ada valid-after=\"20260230Z\" " + key,
          "ada valid-after=\"20260101T00\" " + key,
          "ada valid-after=\"20270101Z\",valid-before=\"20260101Z\" " + key, "\"\" " + key,
          std::string("ada ssh-ed25519 AAAA")}) {
        CAPTURE(bad);
        CHECK(refusal(bad).find("the file, line 1: ") == 0);
    }
    CHECK(refusal(std::string(max_allowed_signers_bytes + 1, '#')) != "");
}

TEST_CASE("patterns") {
    using detail::matches_patterns;
    CHECK(matches_patterns("abc", "abc"));
    CHECK(matches_patterns("abc", "a*"));
    CHECK(matches_patterns("abc", "*c"));
    CHECK(matches_patterns("abc", "a?c"));
    CHECK(matches_patterns("abc", "x,*b*"));
    CHECK(matches_patterns("", "*"));
    CHECK_FALSE(matches_patterns("abc", "ab"));
    CHECK_FALSE(matches_patterns("abc", "?"));
    CHECK_FALSE(matches_patterns("abc", "!abc"));
    CHECK_FALSE(matches_patterns("abc", "*,!a*"));
    CHECK_FALSE(matches_patterns(std::string(3000, 'a'), "*a*a*a*a*a*a*a*a*b"));
}
