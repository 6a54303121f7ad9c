// simulate [--seeds N] [--seed S] [--plant NAME] [--jobs N] [--log]
//
// Runs seeds S to S+N-1, on several threads. Without a plant the exit status is 1 and the first bad seed is printed when
// anything is violated; with one it is 1 when nothing is found. Each seed gives the same run every time.
#include "actors.hpp"

#include "os/file.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <thread>

namespace {

struct Options {
    std::uint64_t seeds = 1000, first = 1;
    unsigned jobs = 2;
    bool log = false;
    sim::Plant plant = sim::Plant::none;
    std::string plant_name;
};

Options parse(int count, char** words) {
    static const std::pair<const char*, sim::Plant> plants[] = {
        {"remove-before-marking-again", sim::Plant::remove_before_marking_again},
        {"head-without-epoch", sim::Plant::head_without_epoch},
        {"push-longer-than-grace", sim::Plant::push_longer_than_grace},
        {"no-epoch-in-heads", sim::Plant::no_epoch_in_heads},
        {"samples-unasked", sim::Plant::samples_unasked},
    };
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--log") {
            options.log = true;
            continue;
        }
        if (i + 1 == count) {
            fmt::print(stderr, "{} needs a value\n", word);
            std::exit(2);
        }
        const std::string value = words[++i];
        if (word == "--seeds") {
            options.seeds = std::stoull(value);
        } else if (word == "--seed") {
            options.first = std::stoull(value);
        } else if (word == "--jobs") {
            options.jobs = static_cast<unsigned>(std::stoul(value));
        } else if (word == "--plant") {
            for (const auto& [name, plant] : plants) {
                options.plant = value == name ? plant : options.plant;
            }
            options.plant_name = value;
        }
    }
    return options;
}

} // namespace

int main(int count, char** words) {
    const auto options = parse(count, words);
    const auto dir = std::filesystem::temp_directory_path() / ("dsctl-sim-" + ds::random_hex(8));
    std::filesystem::create_directories(dir);
    int status = 0;
    {
        const sim::Contents contents((dir / "store").string());
        std::atomic<std::uint64_t> next = options.first;
        std::atomic<std::uint64_t> steps = 0;
        const auto end = options.first + options.seeds;
        std::mutex mutex;
        std::uint64_t bad = 0;
        std::string what;
        const auto work = [&] {
            for (std::uint64_t seed = 0; (seed = next++) < end;) {
                const auto log = [](const std::string& line) { fmt::print("  {}\n", line); };
                const auto outcome =
                    sim::simulate(seed, contents, (dir / std::to_string(seed)).string(), options.plant,
                                  options.log ? std::function<void(const std::string&)>(log)
                                              : std::function<void(const std::string&)>());
                steps += outcome.steps;
                if (!outcome.violation.empty()) {
                    const std::lock_guard guard(mutex);
                    if (bad == 0 || seed < bad) {
                        bad = seed;
                        what = outcome.violation;
                    }
                    next = end;
                }
                // Now and then: the same seed, the same run.
                if (outcome.violation.empty() && seed % 500 == 0 &&
                    sim::simulate(seed, contents, (dir / std::to_string(seed)).string(), options.plant)
                            .trace != outcome.trace) {
                    const std::lock_guard guard(mutex);
                    bad = seed;
                    what = "the same seed gave another run";
                    next = end;
                }
            }
        };
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < options.jobs; ++i) {
            threads.emplace_back(work);
        }
        for (auto& thread : threads) {
            thread.join();
        }
        if (options.plant == sim::Plant::none) {
            status = bad != 0 ? 1 : 0;
            fmt::print("{} seeds from {} on, {} steps: {}\n", options.seeds, options.first, steps.load(),
                       bad == 0 ? "sound" : fmt::format("seed {}: {}", bad, what));
        } else {
            status = bad == 0 ? 1 : 0;
            fmt::print("{}: {}\n", options.plant_name,
                       bad == 0 ? fmt::format("NOT found in {} seeds", options.seeds)
                                : fmt::format("found by seed {}: {}", bad, what));
        }
    }
    std::filesystem::remove_all(dir);
    return status;
}
