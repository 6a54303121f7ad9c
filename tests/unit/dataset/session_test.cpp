// Which registries a session opens, and with which settings.
#include "dataset/session.hpp"
#include "os/fd.hpp"
#include "unit/support.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace ds;

namespace {

struct Home {
    ds_test::TempDir dir;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 3};

    Home() {
        setenv("HOME", dir.path().c_str(), 1);
        for (const auto* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "DSCTL_REGISTRY"}) {
            unsetenv(name);
        }
    }
    ~Home() {
        const auto undo = "chattr -R -i '" + dir.path() + "' 2>/dev/null";
        [[maybe_unused]] const int ignored = std::system(undo.c_str());
    }
};

} // namespace

TEST_CASE("the embedded registry is made on first use, and opened as it is after that") {
    Home home;
    RegistryDescription own;
    own.retention_mode = "GOVERNANCE";
    own.record_days = 12;
    {
        Session session(home.context, "");
        const auto url = session.registries().at(0).url;
        CHECK_FALSE(path_exists(url));
        (void)Registry::init("mine", url, own);
    }
    Session session(home.context, "");
    CHECK(session.registry("local").description().record_days == 12);

    Home fresh;
    Session first(fresh.context, "");
    const auto id = first.registry("local").description().id;
    Session second(fresh.context, "");
    CHECK(second.registry("local").description().id == id);
}

TEST_CASE("a registry's settings come from its section of the configuration") {
    Home home;
    Session session(home.context, "");
    registry_add(
        session, "lab", "https://rgw.example/datasets",
        {{"control-bucket", "datasets-control"}, {"ca-bundle", "/etc/lab.pem"}, {"limit-rate", "10M"}});
    Session later(home.context, "");
    const auto settings = later.bucket_settings("lab");
    CHECK(settings.alias == "lab");
    CHECK(settings.control_bucket == "datasets-control");
    CHECK(settings.ca_bundle == "/etc/lab.pem");
    CHECK(settings.limit_rate == 10 * 1024 * 1024);
    CHECK(settings.timeout == 0);
    CHECK(settings.jobs == 3);
    CHECK(settings.profile.empty());
    CHECK_THROWS_AS(registry_add(later, "lab2", "https://rgw.example/datasets", {{"secret-key", "x"}}),
                    Error);
    registry_remove(later, "lab");
    Session last(home.context, "");
    CHECK(last.bucket_settings("lab").control_bucket.empty());
    CHECK(last.config().subsections("registry").empty());
}

TEST_CASE(
    "a timeout comes from the environment, else from the configuration, and a bad one names its source") {
    Home home;
    Session session(home.context, "");
    registry_add(session, "lab", "https://rgw.example/datasets", {{"timeout", "7"}});
    registry_add(session, "slow", "https://rgw.example/datasets");
    CHECK(Session(home.context, "").bucket_settings("lab").timeout == 7);
    REQUIRE(::setenv("DSCTL_TIMEOUT", "9", 1) == 0);
    CHECK(Session(home.context, "").bucket_settings("lab").timeout == 9);
    for (const char* bad : {"0", "x", "1s", "-1", "3601", "99999999999999999999"}) {
        REQUIRE(::setenv("DSCTL_TIMEOUT", bad, 1) == 0);
        CHECK_THROWS_WITH_AS((void)Session(home.context, "").bucket_settings("lab"),
                             doctest::Contains("DSCTL_TIMEOUT is"), Error);
        REQUIRE(::unsetenv("DSCTL_TIMEOUT") == 0);
        Session configured(home.context, "");
        configured.config().set(Config::Level::user, "registry.slow.timeout", bad);
        CHECK_THROWS_WITH_AS((void)Session(home.context, "").bucket_settings("slow"),
                             doctest::Contains("registry.slow.timeout is"), Error);
        CHECK_THROWS_WITH_AS((void)bucket_settings_of(session, "lab", {{"timeout", bad}}),
                             doctest::Contains("--timeout is"), Error);
    }
}

TEST_CASE("secrets are refused in URLs") {
    Home home;
    Session session(home.context, "");
    CHECK_THROWS_WITH_AS(registry_add(session, "lab", "https://AKIA:hunter2@rgw.example/datasets"),
                         doctest::Contains("credentials"), Error);
    try {
        registry_add(session, "lab", "https://AKIA:hunter2@rgw.example/datasets");
    } catch (const Error& error) {
        CHECK(error.message().find("hunter2") == std::string::npos);
        CHECK(error.hint().find("hunter2") == std::string::npos);
    }
}
