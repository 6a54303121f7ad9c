// The exit code of each error kind: the one place where the public table stands in code.
#include "base/error.hpp"

#include <utility>

namespace ds {

int exit_code(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::differs:
        return 1;
    case ErrorKind::not_found:
        return 3;
    case ErrorKind::auth:
        return 4;
    case ErrorKind::retry:
    case ErrorKind::unknown:
        return 5;
    case ErrorKind::conflict:
    case ErrorKind::immutable:
        return 6;
    case ErrorKind::corrupt:
        return 7;
    case ErrorKind::locked:
        return 8;
    case ErrorKind::failure:
        return 128;
    case ErrorKind::usage:
        return 129;
    case ErrorKind::interrupted:
        return 130;
    }
    return 128;
}

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

} // namespace ds
