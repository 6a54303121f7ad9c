// How much an `add` under way will have to read: counted by a second survey beside it, so that its progress
// has an end. Internal to this module.
#pragma once

#include "worktree/worktree_impl.hpp"

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace ds {

/// For one thread; counts in another one. Short work is not worth counting: it begins when much was met.
class AddForecast {
  public:
    /// @param state, context, wanted are used until this object is gone
    AddForecast(WorktreeState& state, const Sha256& staged, const AddOptions& options,
                std::vector<std::string> paths, const Wanted& wanted, Context& context)
        : state_(state), staged_(staged), options_(options), paths_(std::move(paths)), wanted_(wanted),
          context_(context) {}

    /// A file that is going to be read.
    void met(std::uint64_t size);

  private:
    void count(const std::stop_token& stop);

    WorktreeState& state_;
    Sha256 staged_;
    const AddOptions& options_;
    std::vector<std::string> paths_;
    const Wanted& wanted_;
    Context& context_;
    std::uint64_t files_ = 0;
    std::uint64_t bytes_ = 0;
    std::jthread thread_; ///< last: stopped and joined first
};

} // namespace ds
