#include "base/relative_path.hpp"

#include <doctest/doctest.h>

TEST_CASE("A path is shown as seen from a folder") {
    CHECK(ds::relative_to("a/b", "") == "a/b");
    CHECK(ds::relative_to("", "") == ".");
    CHECK(ds::relative_to("a/b", "a") == "b");
    CHECK(ds::relative_to("a", "a") == ".");
    CHECK(ds::relative_to("x", "a/b") == "../../x");
    CHECK(ds::relative_to("", "a") == "..");
    CHECK(ds::relative_to("ab", "a") == "../ab");
}
