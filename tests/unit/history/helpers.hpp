// What the tests of history share: a repository in a temporary folder, commits, stock git.
#pragma once

#include "base/error.hpp"
#include "history/history.hpp"
#include "os/file.hpp"
#include "unit/support.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

namespace ds_test {

inline const ds::Signature ada{"Ada L", "ada@example.org", 1'700'000'000, 60};

/// Data of a commit; `n` makes it differ from others.
inline ds::CommitData data_of(std::uint64_t n, std::vector<ds::CommitId> parents = {}) {
    ds::CommitData data;
    data.tree.root.bytes[0] = static_cast<unsigned char>(n);
    data.tree.root.bytes[31] = 7;
    data.tree.entries = n;
    data.tree.bytes = n * 1000;
    data.parents = std::move(parents);
    data.author = ada;
    data.author.time += static_cast<std::int64_t>(n);
    data.message = "commit " + std::to_string(n) + "\n";
    return data;
}

struct Repo {
    TempDir dir;
    std::string path = dir / "git";
    std::unique_ptr<ds::History> history;

    explicit Repo(const std::string& first = "v1") {
        ds::History::create(path, ds::VersionName(first));
        history = ds::History::open(path);
    }
    ds::History& operator*() const { return *history; }
    ds::History* operator->() const { return history.get(); }
    void reopen() {
        history.reset();
        history = ds::History::open(path);
    }
    /// Commits on a draft.
    ds::CommitId commit(std::uint64_t n, const std::string& version = "v1") {
        const ds::VersionName name(version);
        const auto tip = history->draft(name);
        const auto id =
            history->write_commit(data_of(n, tip ? std::vector{*tip} : std::vector<ds::CommitId>{}));
        history->set_draft(name, id, tip, ada, "commit: " + std::to_string(n));
        return id;
    }
    [[nodiscard]] std::string object_path(const ds::CommitId& id) const {
        return path + "/objects/" + id.hex().substr(0, 2) + "/" + id.hex().substr(2);
    }
};

/// Runs stock git on the repository; its output, or "exit N: " and the output.
inline std::string git(const std::string& path, const std::string& arguments) {
    const auto command =
        "GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent git --git-dir='" + path + "' " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    char buffer[4096];
    while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
        out += buffer;
    }
    const int status = pipe == nullptr ? -1 : ::pclose(pipe);
    return status == 0 ? out : "exit " + std::to_string(status) + ": " + out;
}

/// The kind of the Error that `run` throws; fails the test when it throws none.
template <class Run>
ds::ErrorKind kind_of(Run run) {
    try {
        run();
    } catch (const ds::Error& error) {
        CHECK_FALSE(error.message().empty());
        CHECK(error.message().back() != '.');
        return error.kind();
    }
    FAIL("no error was thrown");
    return ds::ErrorKind::failure;
}

} // namespace ds_test
