// A history without a checkout.
#pragma once

#include "history/history.hpp"
#include "os/file.hpp"

#include <memory>
#include <string>

namespace ds {

/// A repository in the temporary folder, for commits that are made or looked at without a checkout; gone with the scope.
class ScratchHistory {
  public:
    ScratchHistory() : dir_(env("TMPDIR").value_or("/tmp") + "/dsctl-" + random_hex(8)) {
        make_dirs(dir_, 0700);
        History::create(dir_ + "/git", VersionName("scratch"));
        history_ = History::open(dir_ + "/git");
    }
    ~ScratchHistory() {
        try {
            history_.reset();
            remove_tree(dir_);
        } catch (const Error&) { // a leftover in the temporary folder hurts nobody
        }
    }
    ScratchHistory(const ScratchHistory&) = delete;
    ScratchHistory& operator=(const ScratchHistory&) = delete;
    History& get() { return *history_; }

  private:
    std::string dir_;
    std::unique_ptr<History> history_;
};

} // namespace ds
