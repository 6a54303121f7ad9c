#include "os/missing_path.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <vector>

namespace ds {

namespace {

std::vector<std::string> names_in(const std::string& folder) {
    constexpr std::size_t most_compared = 10'000; // a hint is not worth more
    try {
        auto names = list_dir(folder);
        return names.size() <= most_compared ? names : std::vector<std::string>();
    } catch (const Error&) { // a folder that cannot be read has nothing to suggest
        return {};
    }
}

/// The hint, from the nearest folder above that is there.
std::string hint_for(std::string missing) {
    while (missing.size() > 1 && missing.ends_with('/')) {
        missing.pop_back();
    }
    for (;;) {
        const auto slash = missing.rfind('/');
        const auto folder = slash == std::string::npos ? "." : slash == 0 ? "/" : missing.substr(0, slash);
        const auto stat = try_stat(folder);
        if (stat && S_ISDIR(stat->st_mode)) {
            const auto near =
                closest(missing.substr(slash == std::string::npos ? 0 : slash + 1), names_in(folder));
            return near.empty() ? fmt::format("ls {}", printable(folder))
                                : fmt::format("did you mean '{}{}'?", printable(missing.substr(0, slash + 1)),
                                              printable(near));
        }
        missing = folder;
    }
}

} // namespace

std::string missing_path_hint(const std::string& path) {
    try {
        return hint_for(path);
    } catch (const Error&) { // a folder above cannot be entered
        return {};
    }
}

void refuse_missing(const std::string& path) {
    throw Error(ErrorKind::not_found, fmt::format("there is no '{}' here", printable(path)),
                missing_path_hint(path));
}

void require_there(const std::string& path) {
    if (!try_lstat(path)) {
        refuse_missing(path);
    }
}

} // namespace ds
