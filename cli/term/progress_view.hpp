// Draws the progress the library reports: a line redrawn on a terminal, a line now and then in a log,
// or NDJSON for programs. Always on stderr.
#pragma once

#include "base/progress.hpp"
#include "term/status_line.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace ds::cli {

enum class ProgressMode { none, tty, plain, json };

/// What is known of the task at one moment.
struct ProgressState {
    std::string task;
    std::uint64_t items = 0, total_items = 0; ///< totals of 0: not known
    std::uint64_t bytes = 0, total_bytes = 0;
    double seconds = 0; ///< since the task began
    double rate = 0;    ///< bytes a second, lately

    /// Seconds that are left at this rate; negative when nobody knows.
    [[nodiscard]] double eta() const;
};

/// "adding  [=====>    ]  45%  1,204/2,400 files  1.2/3.4 GiB  120 MiB/s  0:12 left", cut to `width` columns.
[[nodiscard]] std::string progress_line(const ProgressState& state, std::size_t width);
/// One line of NDJSON, without the newline.
[[nodiscard]] std::string progress_json(const ProgressState& state, std::string_view event);
/// "0:07", "1:02:03".
[[nodiscard]] std::string clock_text(double seconds);

/// Thread-safe; a thread of its own draws, so that advance() is two additions.
class ProgressView final : public Progress {
  public:
    ProgressView(ProgressMode mode, StatusLine& line, int fd);
    ~ProgressView() override;
    ProgressView(const ProgressView&) = delete;
    ProgressView& operator=(const ProgressView&) = delete;

    void start(std::string_view task, std::uint64_t total_items, std::uint64_t total_bytes) noexcept override;
    void set_total(std::uint64_t items, std::uint64_t bytes) noexcept override;
    void advance(std::uint64_t items, std::uint64_t bytes) noexcept override;
    void finish() noexcept override;
    void stop() noexcept override;

  private:
    using Clock = std::chrono::steady_clock;
    void run();
    void draw(std::string_view event); ///< with the mutex held
    void end(std::string_view event) noexcept;
    [[nodiscard]] ProgressState snapshot();

    const ProgressMode mode_;
    StatusLine& line_;
    const int fd_;
    std::atomic<std::uint64_t> items_{0}, bytes_{0}, total_items_{0}, total_bytes_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    std::string task_;
    bool active_ = false;
    bool drawn_ = false;
    bool stop_ = false;
    Clock::time_point begin_;
    Clock::time_point sampled_;
    std::uint64_t sampled_bytes_ = 0;
    double rate_ = 0;
    std::thread thread_;
};

} // namespace ds::cli
