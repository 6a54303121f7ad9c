// cgroup v2 (kernel documentation, admin-guide/cgroup-v2): cpu.max := ("max" | quota) " " period, in microseconds, in the
// group itself and in each above it. cgroup v1 (scheduler/sched-bwc): cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
#include "os/processors.hpp"

#include "base/number.hpp"
#include "os/fd.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <sched.h>
#include <string_view>

namespace ds {

namespace {

constexpr std::size_t max_file = 64u << 10;
constexpr std::string_view mount_point = "sys/fs/cgroup";

std::optional<std::string> first_line(const std::string& path) {
    try {
        auto text = try_read_file(path, max_file);
        return text ? std::optional(text->substr(0, text->find('\n'))) : std::nullopt;
    } catch (const std::exception&) { // no say in it, then
        return std::nullopt;
    }
}

unsigned limit_of(std::string_view quota, std::string_view period) {
    const auto time = parse_number(quota); // "max" and "-1" are none
    const auto span = parse_number(period);
    if (!time || !span || *span == 0) {
        return std::numeric_limits<unsigned>::max();
    }
    const std::uint64_t whole = *time / *span + (*time % *span != 0 ? 1 : 0);
    return static_cast<unsigned>(std::clamp<std::uint64_t>(whole, 1, std::numeric_limits<unsigned>::max()));
}

unsigned limit_in(const std::string& folder) {
    if (const auto line = first_line(folder + "/cpu.max")) {
        const auto space = line->find(' ');
        return space == std::string::npos ? limit_of("max", "1")
                                          : limit_of(line->substr(0, space), line->substr(space + 1));
    }
    return limit_of(first_line(folder + "/cpu.cfs_quota_us").value_or("-1"),
                    first_line(folder + "/cpu.cfs_period_us").value_or("0"));
}

/// The group and all above it, `path` being below `top`.
unsigned limit_upwards(const std::string& top, std::string path) {
    unsigned limit = limit_in(top);
    while (!path.empty() && path != "/") {
        limit = std::min(limit, limit_in(top + path));
        path.erase(path.rfind('/'));
    }
    return limit;
}

/// Lines of proc/self/cgroup are ID:CONTROLLERS:PATH; that of cgroup v2 is "0::PATH".
unsigned control_groups(const std::string& root) {
    ByteString text = "0::/\n";
    try {
        text = try_read_file(root + "proc/self/cgroup", max_file).value_or(text);
    } catch (const std::exception&) { // of the root group, then
        text = "0::/\n";
    }
    unsigned limit = std::numeric_limits<unsigned>::max();
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto controllers_at = line.find(':');
        const auto path_at = line.find(':', controllers_at + 1);
        if (path_at == std::string_view::npos || line.substr(path_at + 1, 1) != "/") {
            continue;
        }
        const auto controllers = line.substr(controllers_at + 1, path_at - controllers_at - 1);
        const std::string path(line.substr(path_at + 1));
        if (controllers.empty()) {
            limit = std::min(limit, limit_upwards(root + std::string(mount_point), path));
        } else if (("," + std::string(controllers) + ",").find(",cpu,") != std::string::npos) {
            limit = std::min(limit, limit_upwards(root + std::string(mount_point) + "/cpu", path));
        }
    }
    return limit;
}

} // namespace

unsigned usable_processors(const std::string& root) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const int runs_on = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return std::min(static_cast<unsigned>(std::max(runs_on, 1)), control_groups(root));
}

} // namespace ds
