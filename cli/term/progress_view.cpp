#include "term/progress_view.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "codec/json.hpp"
#include "term/table.hpp"
#include "term/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ds::cli {

namespace {

using namespace std::chrono_literals;

/// A task that is over before this is not worth a flicker.
constexpr auto first_draw = 300ms;
constexpr auto tty_period = 100ms;
constexpr auto plain_period = 10s;
constexpr auto json_period = 1s;
/// The rate is what the last seconds show, not the mean since the start.
constexpr double rate_weight = 0.2;

std::string bar(double share) {
    constexpr std::size_t cells = 20;
    const auto full = static_cast<std::size_t>(share * cells);
    std::string out(std::min(full, cells), '=');
    if (full < cells) {
        out += '>';
        out.append(cells - full - 1, ' ');
    }
    return "[" + out + "]";
}

/// "1.2 GiB of 3.4 GiB", or what there is.
std::string of_total(const std::string& now, const std::string& total, bool known) {
    return known ? now + "/" + total : now;
}

} // namespace

double ProgressState::eta() const {
    if (total_bytes > bytes && rate > 0) {
        return static_cast<double>(total_bytes - bytes) / rate;
    }
    if (total_bytes == 0 && total_items > items && items > 0 && seconds > 0) {
        return static_cast<double>(total_items - items) * seconds / static_cast<double>(items);
    }
    return -1;
}

std::string clock_text(double seconds) {
    const auto s = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 359'999.0));
    return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                     : fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string progress_line(const ProgressState& state, std::size_t width) {
    std::vector<std::string> parts; // the last ones are the first to go
    const bool by_bytes = state.total_bytes > 0;
    const auto done = by_bytes ? state.bytes : state.items;
    const auto total = by_bytes ? state.total_bytes : state.total_items;
    parts.push_back(printable(state.task));
    if (total > 0) {
        const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        parts.push_back(bar(share));
        parts.push_back(fmt::format("{:3.0f}%", share * 100));
    }
    if (state.bytes > 0 || by_bytes) {
        parts.push_back(of_total(human_bytes(state.bytes), human_bytes(state.total_bytes), by_bytes));
    }
    if (state.items > 0 || state.total_items > 0) {
        parts.push_back(of_total(grouped(state.items), grouped(state.total_items), state.total_items > 0) +
                        (std::max(state.items, state.total_items) == 1 ? " item" : " items"));
    }
    if (state.rate >= 1) {
        parts.push_back(human_bytes(static_cast<std::uint64_t>(state.rate)) + "/s");
    }
    const double left = state.eta();
    parts.push_back(left >= 0 ? clock_text(left) + " left" : clock_text(state.seconds));
    std::string line;
    for (const auto& part : parts) {
        const auto next = line.empty() ? part : line + "  " + part;
        if (!line.empty() && display_width(next) > width) {
            break;
        }
        line = next;
    }
    return line;
}

std::string progress_json(const ProgressState& state, std::string_view event) {
    Json json = Json::object();
    json.set("event", Json(event)).set("task", Json(state.task));
    json.set("items", Json(state.items)).set("bytes", Json(state.bytes));
    json.set("total_items", state.total_items > 0 ? Json(state.total_items) : Json());
    json.set("total_bytes", state.total_bytes > 0 ? Json(state.total_bytes) : Json());
    json.set("elapsed_ms", Json(static_cast<std::uint64_t>(state.seconds * 1000)));
    json.set("bytes_per_second", Json(static_cast<std::uint64_t>(state.rate)));
    const double left = state.eta();
    json.set("seconds_left", left >= 0 ? Json(static_cast<std::uint64_t>(left)) : Json());
    return json.dump();
}

ProgressView::ProgressView(ProgressMode mode, StatusLine& line, int fd) : mode_(mode), line_(line), fd_(fd) {}

ProgressView::~ProgressView() {
    {
        const std::lock_guard guard(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
    if (mode_ == ProgressMode::tty) {
        line_.clear();
    }
}

void ProgressView::start(std::string_view task, std::uint64_t total_items,
                         std::uint64_t total_bytes) noexcept {
    if (mode_ == ProgressMode::none) {
        return;
    }
    try {
        {
            const std::lock_guard guard(mutex_);
            task_ = task;
            active_ = true;
            drawn_ = false;
            begin_ = sampled_ = Clock::now();
            sampled_bytes_ = 0;
            rate_ = 0;
            items_ = bytes_ = 0;
            total_items_ = total_items;
            total_bytes_ = total_bytes;
            if (!thread_.joinable()) {
                thread_ = std::thread([this] { run(); });
            }
            if (mode_ == ProgressMode::json) {
                draw("start");
            }
        }
        wake_.notify_all();
    } catch (...) { // without progress, but the work goes on
    }
}

void ProgressView::set_total(std::uint64_t items, std::uint64_t bytes) noexcept {
    total_items_ = items;
    total_bytes_ = bytes;
}

void ProgressView::advance(std::uint64_t items, std::uint64_t bytes) noexcept {
    items_.fetch_add(items, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void ProgressView::finish() noexcept {
    end("finish");
}

void ProgressView::stop() noexcept {
    end("stop");
}

void ProgressView::end(std::string_view event) noexcept {
    try {
        const std::lock_guard guard(mutex_);
        if (!active_) {
            return;
        }
        active_ = false;
        if (mode_ == ProgressMode::tty) {
            line_.clear();
        } else if (mode_ == ProgressMode::json || drawn_) {
            draw(event);
        }
    } catch (...) {
    }
}

ProgressState ProgressView::snapshot() {
    const auto now = Clock::now();
    const std::uint64_t bytes = bytes_;
    const double since = std::chrono::duration<double>(now - sampled_).count();
    if (since >= 0.5) {
        const double current = static_cast<double>(bytes - std::min(bytes, sampled_bytes_)) / since;
        rate_ = rate_ == 0 ? current : rate_ + rate_weight * (current - rate_);
        sampled_ = now;
        sampled_bytes_ = bytes;
    }
    return {task_, items_,       total_items_,
            bytes, total_bytes_, std::chrono::duration<double>(now - begin_).count(),
            rate_};
}

void ProgressView::draw(std::string_view event) {
    const auto state = snapshot();
    drawn_ = true;
    switch (mode_) {
    case ProgressMode::tty:
        line_.show(progress_line(state, Terminal::width(fd_) - 1));
        break;
    case ProgressMode::plain:
        line_.print(progress_line(state, 200) + (event == "finish" ? ", done\n"
                                                 : event == "stop" ? ", stopped\n"
                                                                   : "\n"));
        break;
    case ProgressMode::json:
        line_.print(progress_json(state, event) + "\n");
        break;
    case ProgressMode::none:
        break;
    }
}

void ProgressView::run() {
    const Clock::duration period = mode_ == ProgressMode::tty     ? Clock::duration(tty_period)
                                   : mode_ == ProgressMode::plain ? Clock::duration(plain_period)
                                                                  : Clock::duration(json_period);
    const Clock::duration first = mode_ == ProgressMode::tty ? Clock::duration(first_draw) : period;
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (!active_) {
            wake_.wait(lock, [this] { return active_ || stop_; });
            continue;
        }
        const auto begun = begin_;
        const auto due = drawn_ || mode_ == ProgressMode::json ? Clock::now() + period : begin_ + first;
        wake_.wait_until(lock, due, [&] { return stop_ || !active_ || begin_ != begun; });
        if (!stop_ && active_ && begin_ == begun) {
            draw("progress");
        }
    }
}

} // namespace ds::cli
