// Progress as the library sees it: it reports, the command line draws.
#pragma once

#include <cstdint>
#include <exception>
#include <string_view>

namespace ds {

/// One task under way at a time, in items and bytes. Thread-safe, never throws, never blocks long.
class Progress {
  public:
    virtual ~Progress() = default;
    /// Begins a task ("adding", "checking out"); totals of 0 mean not known yet.
    virtual void start(std::string_view task, std::uint64_t total_items,
                       std::uint64_t total_bytes) noexcept = 0;
    virtual void set_total(std::uint64_t items, std::uint64_t bytes) noexcept = 0;
    virtual void advance(std::uint64_t items, std::uint64_t bytes) noexcept = 0;
    virtual void finish() noexcept = 0;
    /// Ends a task that was given up.
    virtual void stop() noexcept { finish(); }
};

/// Draws nothing.
class NoProgress final : public Progress {
  public:
    void start(std::string_view, std::uint64_t, std::uint64_t) noexcept override {}
    void set_total(std::uint64_t, std::uint64_t) noexcept override {}
    void advance(std::uint64_t, std::uint64_t) noexcept override {}
    void finish() noexcept override {}
};

/// Starts a task and finishes it when the scope ends; stops it when an exception ends the scope.
class ProgressScope {
  public:
    ProgressScope(Progress& p, std::string_view task, std::uint64_t items = 0, std::uint64_t bytes = 0)
        : p_(p) {
        p_.start(task, items, bytes);
    }
    ~ProgressScope() {
        if (std::uncaught_exceptions() > exceptions_) {
            p_.stop();
        } else {
            p_.finish();
        }
    }
    ProgressScope(const ProgressScope&) = delete;
    ProgressScope& operator=(const ProgressScope&) = delete;

  private:
    Progress& p_;
    int exceptions_ = std::uncaught_exceptions();
};

} // namespace ds
