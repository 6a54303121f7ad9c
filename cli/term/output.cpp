#include "term/output.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ds::cli {

namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

[[noreturn]] void fail() {
    if (errno == EPIPE) {
        throw BrokenPipe();
    }
    throw Error(ErrorKind::failure, fmt::format("cannot write standard output: {}", std::strerror(errno)),
                errno == ENOSPC ? "free some space" : "");
}

} // namespace

void Output::write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > buffer_bytes) {
        flush();
    }
    if (bytes.size() >= buffer_bytes) {
        if (!write_all(fd_, bytes)) {
            fail();
        }
        return;
    }
    buffer_ += bytes;
}

void Output::flush() {
    if (buffer_.empty()) {
        return;
    }
    if (status_line_ != nullptr) {
        status_line_->clear();
    }
    const std::string pending = std::move(buffer_);
    buffer_.clear();
    if (!write_all(fd_, pending)) {
        fail();
    }
}

void Output::finish() {
    flush();
    // close() of a duplicate reports what close() of the descriptor itself would (NFS, quotas).
    const int copy = dup(fd_);
    if (copy >= 0 && close(copy) != 0) {
        fail();
    }
}

} // namespace ds::cli
