// Recording a use waits for nobody and complains to nobody, whatever the registry or the disk does.
#include "dataset/uses.hpp"

#include "base/error.hpp"
#include "os/file.hpp"
#include "registry/uses.hpp"
#include "unit/support.hpp"
#include "unit/use_sample.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace ds;
using namespace ds_test;

namespace {

class Heard final : public Log {
  public:
    void warn(std::string_view) override { ++warnings; }
    void info(std::string_view) override { ++warnings; }
    void trace(std::string_view text) override { traces += std::string(text) + "\n"; }
    int warnings = 0;
    std::string traces;
};

/// Takes connections (the kernel does) and never says a word.
class SilentServer {
  public:
    SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(fd_.get(), 8) == 0);
        socklen_t length = sizeof address;
        REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/bucket"; }

  private:
    Fd fd_;
    unsigned port_ = 0;
};

} // namespace

TEST_CASE("uses: a silent registry is given up after three seconds, and only a trace says so") {
    ::setenv("AWS_ACCESS_KEY_ID", "KEY", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "SECRET", 1);
    const SilentServer server;
    Heard log;
    BucketSettings settings;
    settings.alias = "lab";
    const auto before = std::chrono::steady_clock::now();
    record_use_there("lab", server.url(), settings, ds_test::sample_use(std::string(32, 'a')), log);
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took >= std::chrono::seconds(2));
    CHECK(took < std::chrono::seconds(6));
    CHECK(log.warnings == 0);
    CHECK(log.traces.find("registry lab: the use is not recorded") != std::string::npos);
}

TEST_CASE("uses: no registry there, or a stop already asked for") {
    const TempDir dir;
    Heard log;
    record_use_there("lab", dir / "nothing", {}, ds_test::sample_use(std::string(32, 'a')), log);
    std::stop_source stopped;
    stopped.request_stop();
    BucketSettings settings;
    settings.stop = stopped.get_token();
    const SilentServer server;
    const auto before = std::chrono::steady_clock::now();
    record_use_there("lab", server.url(), settings, ds_test::sample_use(std::string(32, 'a')), log);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(2));
    CHECK(log.warnings == 0);
}

TEST_CASE("uses: the log here is bounded, and what is torn or strange in it is passed over") {
    const TempDir home;
    ::setenv("XDG_DATA_HOME", home.path().c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
    Heard log;
    NoProgress progress;
    Context context{log, progress, {}, 1};
    Session session(context, "");
    const DatasetName cats("demo", "cats");
    CHECK(uses_here({}, cats).empty());
    auto record = ds_test::sample_use(std::string(32, 'a'));
    record.user = std::string(max_use_text_bytes, 'u');
    record.run =
        UseRecord::Run{"mlflow", std::string(max_use_text_bytes, 'i'), std::string(max_use_text_bytes, 'j')};
    const auto path = home / "dsctl/uses/log";
    record_use_here(session, record);
    write_file_atomic(path, record.text() + "torn {\"schema\"");
    record.time += 1;
    record_use_here(session, record);
    REQUIRE(uses_here({}, cats).size() == 2);
    CHECK(uses_here({}, cats).front().time == record.time);
    CHECK(uses_here(std::string(32, 'b'), cats).empty());
    CHECK(uses_here({}, DatasetName("demo", "dogs")).empty());
    // Full: it becomes the old one; the old old one is gone.
    const auto full = std::string((4u << 20) - 10, 'x') + "\n";
    write_file_atomic(path, full);
    record.time += 1;
    record_use_here(session, record);
    CHECK(try_stat(path)->st_size == static_cast<off_t>(record.text().size()));
    CHECK(try_stat(path + ".old")->st_size == static_cast<off_t>(full.size()));
    CHECK(uses_here({}, cats).size() == 1);
    // A folder in its place: nothing is recorded, and nothing is said.
    remove_file(path);
    make_dirs(path);
    record_use_here(session, record);
    CHECK(log.warnings == 0);
    CHECK(log.traces.find("not recorded here") != std::string::npos);
}
