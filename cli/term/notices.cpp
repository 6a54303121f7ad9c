#include "term/notices.hpp"

#include "base/path.hpp"

#include <string>

namespace ds::cli {

namespace {

/// Lines stay lines; everything else a terminal would act on is escaped.
std::string safe(std::string_view text) {
    std::string out;
    while (true) {
        const auto end = text.find('\n');
        out += printable(text.substr(0, end));
        if (end == std::string_view::npos) {
            return out;
        }
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

} // namespace

void Notices::warn(std::string_view message) {
    line_.print(style_.yellow("warning:") + " " + safe(message) + "\n");
}

void Notices::info(std::string_view message) {
    if (!quiet_) {
        line_.print(safe(message) + "\n");
    }
}

void Notices::trace(std::string_view message) {
    if (tracing_) {
        line_.print(style_.dim("trace: " + safe(message)) + "\n");
    }
}

void Notices::hint(std::string_view message) {
    if (!quiet_) {
        line_.print(style_.cyan("hint:") + " " + safe(message) + "\n");
    }
}

void Notices::error(std::string_view message, std::string_view hint) {
    std::string text = style_.error("error:") + " " + safe(message) + "\n";
    if (!hint.empty()) {
        text += style_.cyan("hint:") + " " + safe(hint) + "\n";
    }
    line_.print(text);
}

} // namespace ds::cli
