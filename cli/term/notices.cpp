#include "term/notices.hpp"

#include <string>

namespace ds::cli {

void Notices::warn(std::string_view message) {
    line_.print(style_.yellow("warning:") + " " + std::string(message) + "\n");
}

void Notices::info(std::string_view message) {
    if (!quiet_) {
        line_.print(std::string(message) + "\n");
    }
}

void Notices::trace(std::string_view message) {
    if (tracing_) {
        line_.print(style_.dim("trace: " + std::string(message)) + "\n");
    }
}

void Notices::hint(std::string_view message) {
    if (!quiet_) {
        line_.print(style_.cyan("hint:") + " " + std::string(message) + "\n");
    }
}

void Notices::error(std::string_view message, std::string_view hint) {
    std::string text = style_.error("error:") + " " + std::string(message) + "\n";
    if (!hint.empty()) {
        text += style_.cyan("hint:") + " " + std::string(hint) + "\n";
    }
    line_.print(text);
}

} // namespace ds::cli
