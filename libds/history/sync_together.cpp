// Threads that live for one batch of syncs.
#include "history/sync_together.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>

namespace ds::git {

namespace {
constexpr std::size_t max_threads = 8;
}

void sync_together(const std::vector<std::function<void()>>& syncs) {
    std::vector<std::exception_ptr> errors(syncs.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&]() noexcept {
        for (std::size_t i = next++; i < syncs.size(); i = next++) {
            try {
                syncs[i]();
            } catch (...) {
                errors[i] = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (std::size_t i = 1; i < std::min(syncs.size(), max_threads); ++i) {
                threads.emplace_back(work);
            }
        } catch (const std::system_error&) { // no more threads to be had: fewer do
        }
        work();
    }
    for (const auto& error : errors) {
        if (error) {
            std::rethrow_exception(error);
        }
    }
}

} // namespace ds::git
