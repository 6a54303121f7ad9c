// Base64 by RFC 4648's vectors, strictly; UTF-8 by its edges.
#include "codec/text.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace ds;

TEST_CASE("base64 vectors") {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"},
                                                           {"\xff\xfe\xfd", "//79"}};
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base64(plain) == coded);
        CHECK(from_base64(coded) == plain);
    }
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
        CHECK(from_base64(to_base64(all)) == all);
    }
}

TEST_CASE("base64 has one spelling only") {
    for (const char* bad :
         {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Zg==Zg==", "Z g=", "Zm9v\n", "-_8=", "=Zg="}) {
        CAPTURE(bad);
        CHECK_FALSE(from_base64(bad));
    }
}

TEST_CASE("hex") {
    CHECK(to_hex(std::string("\x00\xff\x1a", 3)) == "00ff1a");
}

TEST_CASE("UTF-8") {
    for (const char* good :
         {"", "plain and long enough for words", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
          "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xc3\xa9"}) {
        CHECK(is_utf8(good));
    }
    for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                            "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82",
                            "\xf0\x90\x80", "\xc3(", "12345678\xff"}) {
        CHECK_FALSE(is_utf8(bad));
    }
}
