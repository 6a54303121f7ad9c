// The strong type of a git object id.
#include "history/commit.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

CommitId::CommitId(std::string hex) : hex_(std::move(hex)) {
    if (hex_.size() != 40 ||
        !std::all_of(hex_.begin(), hex_.end(), [](char c) { return hex_digit(c) >= 0; })) {
        throw Error(ErrorKind::usage, fmt::format("'{}' is no commit id (40 lower-case hex digits)",
                                                  printable(hex_.substr(0, 80))));
    }
}

} // namespace ds
