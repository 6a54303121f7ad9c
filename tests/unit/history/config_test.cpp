// Configuration: priority, changes, and what malformed files say.
#include "history/config.hpp"
#include "unit/history/helpers.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace ds;
using namespace ds_test;

namespace {

struct Files {
    TempDir dir;
    Config::Paths paths{dir / "system", dir / "user/config", dir / "repo/config"};
    void write(const std::string& path, const std::string& text) const {
        make_dirs(path.substr(0, path.rfind('/')));
        write_file_atomic(path, text, Durability::volatile_);
    }
    [[nodiscard]] Config open() const { return Config::open(paths); }
    [[nodiscard]] std::string error() const {
        try {
            (void)open();
        } catch (const Error& e) {
            return e.message();
        }
        return "no error";
    }
};

} // namespace

TEST_CASE("repository beats user beats system") {
    Files f;
    CHECK_FALSE(f.open().get("user.name"));
    CHECK(f.open().list().empty());
    f.write(f.paths.system, "[user]\n\tname = System\n\temail = s@x\n[core]\n\tbig = 64MiB\n");
    f.write(f.paths.user, "[User]\n\tNAME = User # comment\n[registry \"a.b\"]\n\turl = "
                          "\"x;y\"\n[registry]\n\tdefault = a.b\n");
    f.write(f.paths.repository,
            "[core]\n\tflag\n\toff = no\n\tbad = maybe\n[registry \"Z\"]\n\turl = 2\n\turl = 3\n");
    const auto config = f.open();
    CHECK(config.get("user.name") == "User");
    CHECK(config.get("USER.Name") == "User");
    CHECK(config.get("user.email") == "s@x");
    CHECK(config.get("registry.a.b.url") == "x;y");
    CHECK(config.get("registry.Z.url") == "3");
    CHECK_FALSE(config.get("registry.z.url")); // subsections keep their case
    CHECK(config.get_bool("core.flag") == true);
    CHECK(config.get_bool("core.off") == false);
    CHECK_FALSE(config.get_bool("core.none"));
    CHECK(kind_of([&] { (void)config.get_bool("core.bad"); }) == ErrorKind::usage);
    CHECK(config.get_bytes("core.big") == 64u << 20);
    CHECK(kind_of([&] { (void)config.get_bytes("core.bad"); }) == ErrorKind::usage);
    CHECK(config.subsections("registry") == std::vector<std::string>{"Z", "a.b"});
    const auto all = config.list();
    CHECK(all.size() == 11);
    CHECK(all.front().origin == f.paths.system);
    CHECK(all.back().origin == f.paths.repository);
    for (const std::string bad :
         {"", "x", ".x", "x.", "a b.c", "a.b\n.c", "a.1x", "a.b_c", "a\\.b", "a.\".b"}) {
        CAPTURE(bad);
        CHECK(kind_of([&] { (void)config.get(bad); }) == ErrorKind::usage);
    }
}

TEST_CASE("values are set in one file and read back exactly") {
    Files f;
    auto config = f.open();
    const std::vector<std::string> values = {
        "",           "x",           " led by a space", "trail ",       "a#b;c",
        "\"quoted\"", "back\\slash", "tab\tnew\nline",  "\xc3\xa9\xff", std::string(5000, 'v')};
    for (const auto& value : values) {
        CAPTURE(value);
        config.set(Config::Level::user, "registry.lab.cluster-1.url", value);
        CHECK(config.get("registry.lab.cluster-1.url") == value);
        CHECK(f.open().get("registry.lab.cluster-1.url") == value);
    }
    config.set(Config::Level::repository, "dataset.name", "demo/cats");
    CHECK(config.get("dataset.name") == "demo/cats");
    CHECK_FALSE(path_exists(f.paths.system));
    CHECK(list_dir(f.dir / "repo") == std::vector<std::string>{"config", "config-lock"});
    CHECK(git(f.dir.path(), "config -f '" + f.paths.repository + "' dataset.name") == "demo/cats\n");
    config.set(Config::Level::user, "dataset.name", "other");
    CHECK(config.get("dataset.name") == "demo/cats");
    config.unset(Config::Level::repository, "dataset.name");
    CHECK(config.get("dataset.name") == "other");
    config.unset(Config::Level::user, "dataset.name");
    config.unset(Config::Level::user, "dataset.name");
    config.unset(Config::Level::system, "dataset.name");
    CHECK_FALSE(path_exists(f.paths.system));
    CHECK_FALSE(config.get("dataset.name"));
    CHECK(kind_of([&] { config.set(Config::Level::user, "nonsense", "x"); }) == ErrorKind::usage);
    CHECK(kind_of([&] { config.set(Config::Level::user, "a.b", std::string(1, '\0')); }) == ErrorKind::usage);
    CHECK(kind_of([&] { config.set(Config::Level::user, "a.b", std::string(2u << 20, 'x')); }) ==
          ErrorKind::failure);
    CHECK_FALSE(config.get("a.b"));
    auto outside = Config::open({f.paths.system, f.paths.user, ""});
    CHECK(kind_of([&] { outside.set(Config::Level::repository, "a.b", "x"); }) == ErrorKind::usage);
}

TEST_CASE("a change keeps the rest of the file, its mode and what others wrote") {
    Files f;
    f.write(f.paths.user, "# mine\n[user]\n\tname = Ada ; her\n\n[other]\n\tx = 1\n");
    REQUIRE(::chmod(f.paths.user.c_str(), 0644) == 0);
    auto first = f.open();
    auto second = f.open();
    first.set(Config::Level::user, "user.email", "ada@x");
    second.set(Config::Level::user, "other.y", "2");
    const auto text = read_file(f.paths.user);
    CHECK(text == "# mine\n[user]\n\tname = Ada ; her\n\temail = ada@x\n\n[other]\n\tx = 1\n\ty = 2\n");
    CHECK((try_stat(f.paths.user)->st_mode & 0777) == 0644);
    // Multiple values go together; a link stays one.
    f.write(f.paths.repository, "[a]\n\tb = 1\n\tb = 2\n\tc = 3\n");
    auto config = f.open();
    config.unset(Config::Level::repository, "a.b");
    CHECK(read_file(f.paths.repository) == "[a]\n\tc = 3\n");
    REQUIRE(::symlink(f.paths.repository.c_str(), (f.dir / "link").c_str()) == 0);
    auto linked = Config::open({"", "", f.dir / "link"});
    linked.set(Config::Level::repository, "a.c", "4");
    CHECK(read_file(f.paths.repository) == "[a]\n\tc = 4\n");
    CHECK(S_ISLNK(try_lstat(f.dir / "link")->st_mode));
}

TEST_CASE("malformed files are named with the line") {
    Files f;
    for (const auto& [text, line] : std::vector<std::pair<std::string, std::string>>{
             {"[user]\n\tname = x\n[broken\n", "3"},
             {"\n\nname = x\n", "3"},
             {"[a]\n\t=x = y\n", "2"},
             {"[a]\n\tx = y\n\tz = \"q\\q\"\n", "3"},
             {"[a]\nx = y\n\nz" + std::string(1, '\0') + "\n", "4"},
         }) {
        f.write(f.paths.user, text);
        CAPTURE(text);
        CAPTURE(f.error());
        CHECK(f.error().find(f.paths.user + ":" + line) != std::string::npos);
    }
    f.write(f.paths.user, "[a]\n\tx = " + std::string(2u << 20, 'x') + "\n");
    CHECK(kind_of([&] { (void)f.open(); }) == ErrorKind::corrupt);
}

TEST_CASE("default paths come from the environment") {
    const auto xdg = env("XDG_CONFIG_HOME");
    ::setenv("XDG_CONFIG_HOME", "/some/where", 1);
    CHECK(Config::default_paths("/r/.dsctl").user == "/some/where/dsctl/config");
    CHECK(Config::default_paths("/r/.dsctl").repository == "/r/.dsctl/config");
    CHECK(Config::default_paths().repository.empty());
    ::setenv("XDG_CONFIG_HOME", "relative", 1);
    CHECK(Config::default_paths().user.ends_with("/.config/dsctl/config"));
    ::unsetenv("XDG_CONFIG_HOME");
    if (xdg) {
        ::setenv("XDG_CONFIG_HOME", xdg->c_str(), 1);
    }
}
