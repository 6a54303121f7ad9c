#include "term/status_line.hpp"

#include "term/table.hpp"

#include <cerrno>
#include <unistd.h>

namespace ds::cli {

bool write_all(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void StatusLine::erase() noexcept {
    if (shown_ > 0) {
        write_all(fd_, "\r" + std::string(shown_, ' ') + "\r");
        shown_ = 0;
    }
}

void StatusLine::show(std::string_view text) noexcept {
    const std::lock_guard guard(mutex_);
    const auto width = display_width(text);
    std::string line = "\r";
    line += text;
    if (width < shown_) {
        line.append(shown_ - width, ' ');
    }
    shown_ = width;
    write_all(fd_, line);
}

void StatusLine::clear() noexcept {
    const std::lock_guard guard(mutex_);
    erase();
}

void StatusLine::print(std::string_view lines) noexcept {
    const std::lock_guard guard(mutex_);
    erase();
    write_all(fd_, lines);
}

} // namespace ds::cli
