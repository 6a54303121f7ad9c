#include "worktree/add_forecast.hpp"

#include "base/path.hpp"

namespace ds {

namespace {

/// Less than this is over before anybody could read how long it takes.
constexpr std::uint64_t many_files = 2000;
constexpr std::uint64_t many_bytes = 64u << 20;

/// Counts what AddSurvey would read.
class Counter final : public SurveyVisitor {
  public:
    explicit Counter(bool only_tracked) : only_tracked_(only_tracked) {}

    void both(std::string_view, const FileStat& disk, const Entry& staged, const Sha256* known) override {
        const auto kind = kind_of(disk);
        if (kind != staged.kind ||
            (kind != EntryKind::empty_dir && (known == nullptr || *known != staged.hash))) {
            add(disk);
        }
    }
    void only_disk(const ScanEntry& entry) override {
        if (!only_tracked_ && path_problem(entry.path).empty()) {
            add(entry.stat);
        }
    }
    void only_staged(std::string_view, const Entry&) override {}
    void filled(std::string_view) override {}
    void problem(std::string_view, const std::string&, std::optional<ErrorKind>) override {}
    void stale(std::string_view) override {}

    [[nodiscard]] std::uint64_t files() const noexcept { return files_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    void add(const FileStat& disk) {
        ++files_;
        bytes_ += disk.kind == FileStat::Kind::directory ? 0 : disk.size;
    }

    bool only_tracked_;
    std::uint64_t files_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace

void AddForecast::met(std::uint64_t size) {
    ++files_;
    bytes_ += size;
    if (!thread_.joinable() && !options_.dry_run && (files_ >= many_files || bytes_ >= many_bytes)) {
        thread_ = std::jthread([this](const std::stop_token& stop) { count(stop); });
    }
}

void AddForecast::count(const std::stop_token& stop) {
    try {
        NoLog log;
        NoProgress progress;
        Context context{log, progress, stop, 1};
        // Its own: the other survey's are for its thread, and end before this one may.
        const StatIndex index = StatIndex::open(state_.index_dir());
        IgnoreRules ignore(state_.root, state_.dir + "/../info/exclude");
        Counter counter(options_.only_tracked);
        Survey{state_.root, state_.store, staged_, index, ignore, wanted_, paths_, {}}.run(context, counter);
        context_.progress.set_total(counter.files(), counter.bytes());
    } catch (...) { // stopped, or the other survey meets the same trouble: it tells
    }
}

} // namespace ds
