#include "os/processors.hpp"

#include "os/file.hpp"
#include "unit/support.hpp"

#include <doctest/doctest.h>

using namespace ds;
using ds_test::TempDir;

namespace {

/// A machine whose files say that.
struct Machine {
    TempDir dir;
    void say(const std::string& path, const std::string& text) const {
        const auto at = dir.path() + "/" + path;
        make_dirs(at.substr(0, at.rfind('/')), 0755);
        write_file_atomic(at, text, Durability::volatile_);
    }
    [[nodiscard]] unsigned processors() const { return usable_processors(dir.path() + "/"); }
};

} // namespace

TEST_CASE("Control groups bound the processors, each level of them") {
    const unsigned all = Machine().processors();
    CHECK(all >= 1);
    CHECK(usable_processors() <= all);
    const auto bounded = [&](unsigned limit) { return std::min(limit, all); };

    Machine alone; // a container sees its own group as the root
    alone.say("proc/self/cgroup", "0::/\n");
    alone.say("sys/fs/cgroup/cpu.max", "100000 100000\n");
    CHECK(alone.processors() == 1);
    alone.say("sys/fs/cgroup/cpu.max", "100001 100000\n");
    CHECK(alone.processors() == bounded(2));
    alone.say("sys/fs/cgroup/cpu.max", "1000 100000\n");
    CHECK(alone.processors() == 1);
    alone.say("sys/fs/cgroup/cpu.max", "max 100000\n");
    CHECK(alone.processors() == all);

    Machine nested;
    nested.say("proc/self/cgroup", "0::/pods/one\n");
    nested.say("sys/fs/cgroup/pods/cpu.max", "50000 100000\n");
    nested.say("sys/fs/cgroup/pods/one/cpu.max", "max 100000\n");
    CHECK(nested.processors() == 1);

    Machine older;
    older.say("proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/pods/two\n");
    older.say("sys/fs/cgroup/cpu/pods/two/cpu.cfs_quota_us", "90000\n");
    older.say("sys/fs/cgroup/cpu/pods/two/cpu.cfs_period_us", "100000\n");
    CHECK(older.processors() == 1);
    older.say("sys/fs/cgroup/cpu/pods/two/cpu.cfs_quota_us", "-1\n");
    CHECK(older.processors() == all);
}

TEST_CASE("What cannot be read or understood bounds nothing") {
    const unsigned all = Machine().processors();
    for (const auto* text : {"", "max", "0 0", "100000 0", "x y", "-5 100000", "99999999999999999999999 1"}) {
        Machine odd;
        odd.say("proc/self/cgroup", "0::/\n0::\n:\nnonsense\n0:cpu\n");
        odd.say("sys/fs/cgroup/cpu.max", text);
        CHECK_MESSAGE(odd.processors() == all, text);
    }
}
