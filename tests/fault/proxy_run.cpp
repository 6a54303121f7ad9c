// Runs a command behind the proxy: proxy_run SEED PER_MILLE SERVER_PORT COMMAND ARGUMENT…
//
// Every "{}" in the arguments becomes the proxy's "127.0.0.1:PORT". Exits as the command does. Faults are all but the
// drops of 1 B/s, or those that DSCTL_PROXY_FAULTS names, with commas; when DSCTL_PROXY_LOG names a file, what became of each
// request is appended to it.
#include "fault/proxy.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int run(std::vector<std::string> words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
        std::fprintf(stderr, "proxy_run: cannot run %s\n", argv[0]);
        return 127;
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int main(int argc, char** argv) {
    using namespace ds::test;
    if (argc < 5) {
        std::fputs("usage: proxy_run SEED PER_MILLE SERVER_PORT COMMAND ARGUMENT...\n", stderr);
        return 2;
    }
    const char* const only = std::getenv("DSCTL_PROXY_FAULTS");
    const std::string wanted = only != nullptr ? ',' + std::string(only) + ',' : "";
    std::vector<Fault> faults;
    for (const Fault fault : all_faults()) {
        if (only != nullptr ? wanted.find(',' + name_of(fault) + ',') != std::string::npos
                            : fault != Fault::none && fault != Fault::trickle) {
            faults.push_back(fault);
        }
    }
    if (faults.empty()) {
        std::fputs("proxy_run: DSCTL_PROXY_FAULTS names no fault\n", stderr);
        return 2;
    }
    FaultProxy proxy(static_cast<std::uint16_t>(std::stoul(argv[3])),
                     seeded_rule(std::stoull(argv[1]), static_cast<unsigned>(std::stoul(argv[2])), faults));
    std::vector<std::string> words(argv + 4, argv + argc);
    for (auto& word : words) {
        const std::size_t at = word.find("{}");
        if (at != std::string::npos) {
            word.replace(at, 2, proxy.endpoint().authority());
        }
    }
    const int code = run(std::move(words));
    if (const char* path = std::getenv("DSCTL_PROXY_LOG")) {
        std::ofstream log(path, std::ios::app);
        for (const auto& exchange : proxy.exchanges()) {
            log << exchange.request.method << ' ' << exchange.request.target << ' ' << name_of(exchange.fault)
                << ' ' << exchange.status << '\n';
        }
    }
    return code;
}
