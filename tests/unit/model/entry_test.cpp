// The persistent numbers and words of entries.
#include "model/entry.hpp"

#include "codec/hash.hpp"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("kinds keep their numbers and modes") {
    CHECK(static_cast<int>(EntryKind::file) == 1);
    CHECK(static_cast<int>(EntryKind::executable) == 2);
    CHECK(static_cast<int>(EntryKind::symlink) == 3);
    CHECK(static_cast<int>(EntryKind::empty_dir) == 4);
    CHECK(mode_str(EntryKind::file) == "100644");
    CHECK(mode_str(EntryKind::executable) == "100755");
    CHECK(mode_str(EntryKind::symlink) == "120000");
    CHECK(mode_str(EntryKind::empty_dir) == "040000");
    CHECK(kind_str(EntryKind::empty_dir) == "folder");
    CHECK(empty_hash() == sha256({}));
}
