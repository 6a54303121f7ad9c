// What kind of place the output goes to, and how words are coloured there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ds::cli {

/// --color=…
enum class ColorMode { automatic, always, never };

/// Whether stdout, stderr and stdin are terminals, and whether somebody can answer. Value type.
struct Terminal {
    bool in = false;
    bool out = false;
    bool err = false;
    bool dumb = false;     ///< TERM is unset or "dumb"
    bool notebook = false; ///< JPY_PARENT_PID is set: a pty with nobody behind it

    /// As the process finds it.
    [[nodiscard]] static Terminal detect();
    /// Columns of the terminal behind `fd`; COLUMNS, else 80.
    [[nodiscard]] static std::size_t width(int fd);
};

/// --color > NO_COLOR > CLICOLOR_FORCE > a terminal that is not dumb.
[[nodiscard]] bool want_color(ColorMode mode, bool is_terminal, bool dumb);

/// Wraps words in colours, or leaves them as they are. Value type.
class Style {
  public:
    explicit Style(bool on = false) : on_(on) {}
    [[nodiscard]] bool on() const noexcept { return on_; }
    [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return paint("2", text); }
    [[nodiscard]] std::string red(std::string_view text) const { return paint("31", text); }
    [[nodiscard]] std::string green(std::string_view text) const { return paint("32", text); }
    [[nodiscard]] std::string yellow(std::string_view text) const { return paint("33", text); }
    [[nodiscard]] std::string cyan(std::string_view text) const { return paint("36", text); }
    [[nodiscard]] std::string error(std::string_view text) const { return paint("1;31", text); }

  private:
    [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const;
    bool on_;
};

} // namespace ds::cli
