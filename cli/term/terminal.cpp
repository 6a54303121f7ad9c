#include "term/terminal.hpp"

#include "base/units.hpp"
#include "os/file.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace ds::cli {

Terminal Terminal::detect() {
    Terminal terminal;
    terminal.in = isatty(STDIN_FILENO) == 1;
    terminal.out = isatty(STDOUT_FILENO) == 1;
    terminal.err = isatty(STDERR_FILENO) == 1;
    terminal.dumb = env("TERM").value_or("dumb") == "dumb";
    terminal.notebook = env("JPY_PARENT_PID").has_value();
    return terminal;
}

std::size_t Terminal::width(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    if (const auto columns = env("COLUMNS")) {
        if (const auto n = parse_bytes(*columns); n && *n >= 20 && *n <= 1000) {
            return *n;
        }
    }
    return 80;
}

bool want_color(ColorMode mode, bool is_terminal, bool dumb) {
    if (mode != ColorMode::automatic) {
        return mode == ColorMode::always;
    }
    if (env("NO_COLOR")) {
        return false;
    }
    if (const auto force = env("CLICOLOR_FORCE"); force && *force != "0") {
        return true;
    }
    return is_terminal && !dumb;
}

std::string Style::paint(std::string_view code, std::string_view text) const {
    if (!on_ || text.empty()) {
        return std::string(text);
    }
    std::string out = "\x1b[";
    out.append(code).append("m").append(text).append("\x1b[m");
    return out;
}

} // namespace ds::cli
