// Line differences: Myers' greedy algorithm in linear space, by divide and conquer.
//
// Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986).
#include "worktree/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace ds {

namespace {

/// Beyond this many edit steps in one place the middle of the furthest path is taken as it is: the result
/// stays right, only no longer the shortest.
constexpr std::ptrdiff_t max_steps = 1024;

using Index = std::ptrdiff_t;

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto length = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

/// Marks which lines of two sequences of numbers have no partner in the other.
class Matcher {
  public:
    Matcher(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b)
        : removed(a.size(), false), added(b.size(), false), a_(a), b_(b), forward_(a.size() + b.size() + 3),
          backward_(a.size() + b.size() + 3) {
        compare(0, static_cast<Index>(a.size()), 0, static_cast<Index>(b.size()));
    }

    std::vector<bool> removed;
    std::vector<bool> added;

  private:
    struct Middle {
        Index x, y;
    };

    void compare(Index a_low, Index a_high, Index b_low, Index b_high) {
        for (;;) {
            while (a_low < a_high && b_low < b_high && at(a_, a_low) == at(b_, b_low)) {
                ++a_low;
                ++b_low;
            }
            while (a_low < a_high && b_low < b_high && at(a_, a_high - 1) == at(b_, b_high - 1)) {
                --a_high;
                --b_high;
            }
            if (a_low == a_high) {
                std::fill(added.begin() + b_low, added.begin() + b_high, true);
                return;
            }
            if (b_low == b_high) {
                std::fill(removed.begin() + a_low, removed.begin() + a_high, true);
                return;
            }
            const auto middle = find_middle(a_low, a_high, b_low, b_high);
            compare(a_low, middle.x, b_low, middle.y);
            a_low = middle.x;
            b_low = middle.y;
        }
    }

    /// A point that a path from corner to corner goes through, neither corner itself.
    Middle find_middle(Index a_low, Index a_high, Index b_low, Index b_high) {
        const Index forward_mid = a_low - b_low;
        const Index backward_mid = a_high - b_high;
        const bool odd = ((forward_mid - backward_mid) & 1) != 0;
        const Index low = a_low - b_high;
        const Index high = a_high - b_low;
        Index f_min = forward_mid;
        Index f_max = forward_mid;
        Index b_min = backward_mid;
        Index b_max = backward_mid;
        forward(forward_mid) = a_low;
        backward(backward_mid) = a_high;
        for (Index steps = 1;; ++steps) {
            f_min > low ? forward(--f_min - 1) = -1 : ++f_min;
            f_max < high ? forward(++f_max + 1) = -1 : --f_max;
            for (Index d = f_max; d >= f_min; d -= 2) {
                Index x = forward(d - 1) < forward(d + 1) ? forward(d + 1) : forward(d - 1) + 1;
                Index y = x - d;
                while (x < a_high && y < b_high && at(a_, x) == at(b_, y)) {
                    ++x;
                    ++y;
                }
                forward(d) = x;
                if (odd && b_min <= d && d <= b_max && backward(d) <= x) {
                    return {x, y};
                }
            }
            constexpr Index beyond = std::numeric_limits<Index>::max();
            b_min > low ? backward(--b_min - 1) = beyond : ++b_min;
            b_max < high ? backward(++b_max + 1) = beyond : --b_max;
            for (Index d = b_max; d >= b_min; d -= 2) {
                Index x = backward(d - 1) < backward(d + 1) ? backward(d - 1) : backward(d + 1) - 1;
                Index y = x - d;
                while (x > a_low && y > b_low && at(a_, x - 1) == at(b_, y - 1)) {
                    --x;
                    --y;
                }
                backward(d) = x;
                if (!odd && f_min <= d && d <= f_max && x <= forward(d)) {
                    return {x, y};
                }
            }
            if (steps >= max_steps) {
                return furthest(f_min, f_max, a_low, a_high, b_low, b_high);
            }
        }
    }

    Middle furthest(Index f_min, Index f_max, Index a_low, Index a_high, Index b_low, Index b_high) {
        Middle best{a_low, b_low};
        Index reach = -1;
        for (Index d = f_max; d >= f_min; d -= 2) {
            const Index x = std::min(forward(d), a_high);
            const Index y = x - d;
            if (x >= a_low && y >= b_low && y <= b_high && x + y > reach) {
                reach = x + y;
                best = {x, y};
            }
        }
        if ((best.x == a_low && best.y == b_low) || (best.x == a_high && best.y == b_high)) {
            return {a_low + (a_high - a_low) / 2,
                    a_high - a_low > 1 ? b_low : b_low + (b_high - b_low + 1) / 2};
        }
        return best;
    }

    static std::uint32_t at(const std::vector<std::uint32_t>& list, Index i) {
        return list[static_cast<std::size_t>(i)];
    }
    Index& forward(Index d) {
        return forward_[static_cast<std::size_t>(d + static_cast<Index>(b_.size()) + 1)];
    }
    Index& backward(Index d) {
        return backward_[static_cast<std::size_t>(d + static_cast<Index>(b_.size()) + 1)];
    }

    const std::vector<std::uint32_t>& a_;
    const std::vector<std::uint32_t>& b_;
    std::vector<Index> forward_;
    std::vector<Index> backward_;
};

void append_line(std::string& out, char mark, std::string_view line) {
    out += mark;
    out.append(line);
    if (!line.ends_with('\n')) {
        out += "\n\\ No newline at end of file\n";
    }
}

std::string range(std::size_t first, std::size_t count) {
    // As diff -u: a range without lines names the line before it.
    const auto start = count == 0 ? first : first + 1;
    return count == 1 ? fmt::format("{}", start) : fmt::format("{},{}", start, count);
}

} // namespace

bool looks_binary(std::string_view bytes) noexcept {
    return bytes.substr(0, 8192).find('\0') != std::string_view::npos;
}

LineDiff diff_lines(std::string_view before, std::string_view after, unsigned context_lines,
                    std::string* out) {
    const auto a = split_lines(before);
    const auto b = split_lines(after);
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    const auto number = [&](const std::vector<std::string_view>& lines) {
        std::vector<std::uint32_t> result;
        result.reserve(lines.size());
        for (const auto line : lines) {
            result.push_back(numbers.emplace(line, static_cast<std::uint32_t>(numbers.size())).first->second);
        }
        return result;
    };
    const auto a_numbers = number(a);
    const auto b_numbers = number(b);
    const Matcher match(a_numbers, b_numbers);

    LineDiff result;
    result.removed = static_cast<std::uint64_t>(std::count(match.removed.begin(), match.removed.end(), true));
    result.added = static_cast<std::uint64_t>(std::count(match.added.begin(), match.added.end(), true));
    if (out == nullptr) {
        return result;
    }
    // Runs of changes as [a, a_end) x [b, b_end), then hunks of runs whose context touches.
    struct Run {
        std::size_t a, a_end, b, b_end;
    };
    std::vector<Run> runs;
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        if ((i < a.size() && match.removed[i]) || (j < b.size() && match.added[j])) {
            Run run{i, i, j, j};
            while (run.a_end < a.size() && match.removed[run.a_end]) {
                ++run.a_end;
            }
            while (run.b_end < b.size() && match.added[run.b_end]) {
                ++run.b_end;
            }
            runs.push_back(run);
            i = run.a_end;
            j = run.b_end;
        } else {
            ++i;
            ++j;
        }
    }
    for (std::size_t first = 0; first < runs.size();) {
        std::size_t last = first;
        while (last + 1 < runs.size() &&
               runs[last + 1].a - runs[last].a_end <= std::size_t{2} * context_lines) {
            ++last;
        }
        const auto lead = std::min<std::size_t>(context_lines, runs[first].a);
        const auto tail = std::min<std::size_t>(context_lines, a.size() - runs[last].a_end);
        const auto a_from = runs[first].a - lead;
        const auto b_from = runs[first].b - lead;
        *out += fmt::format("@@ -{} +{} @@\n", range(a_from, runs[last].a_end + tail - a_from),
                            range(b_from, runs[last].b_end + tail - b_from));
        std::size_t at = a_from;
        for (std::size_t r = first; r <= last; ++r) {
            for (; at < runs[r].a; ++at) {
                append_line(*out, ' ', a[at]);
            }
            for (; at < runs[r].a_end; ++at) {
                append_line(*out, '-', a[at]);
            }
            for (auto j = runs[r].b; j < runs[r].b_end; ++j) {
                append_line(*out, '+', b[j]);
            }
        }
        for (const auto end = at + tail; at < end; ++at) {
            append_line(*out, ' ', a[at]);
        }
        first = last + 1;
    }
    return result;
}

} // namespace ds
