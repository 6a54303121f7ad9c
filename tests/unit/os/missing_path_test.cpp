#include "os/missing_path.hpp"

#include "base/error.hpp"
#include "os/file.hpp"
#include "unit/support.hpp"

#include <doctest/doctest.h>

using namespace ds;
using ds_test::TempDir;

TEST_CASE("A missing path is answered with a near name, or the nearest folder") {
    const TempDir dir;
    make_dirs(dir.path() + "/train", 0755);
    CHECK(missing_path_hint(dir.path() + "/trian") == "did you mean '" + dir.path() + "/train'?");
    CHECK(missing_path_hint(dir.path() + "/trian/") == "did you mean '" + dir.path() + "/train'?");
    CHECK(missing_path_hint(dir.path() + "/train/none") == "ls " + dir.path() + "/train");
    CHECK(missing_path_hint(dir.path() + "/quite/another") == "ls " + dir.path());
    CHECK_NOTHROW(require_there(dir.path() + "/train"));
    CHECK_THROWS_AS(require_there(dir.path() + "/trian"), Error);
}
