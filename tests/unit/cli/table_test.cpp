// Columns, widths and colours.
#include "term/table.hpp"

#include <cstdlib>
#include <doctest/doctest.h>

using namespace ds::cli;

TEST_CASE("table: width is what a terminal shows") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("") == 0);
    CHECK(display_width("\u00e9t\u00e9") == 3);
    CHECK(display_width("e\u0301") == 1); // combining
    CHECK(display_width("\u732b") == 2);  // wide
    CHECK(display_width("\x1b[31mred\x1b[m") == 3);
    CHECK(display_width("\xff\xfe") == 2); // no UTF-8: one each
}

TEST_CASE("table: padding") {
    CHECK(padded("ab", 4) == "ab  ");
    CHECK(padded("ab", 4, true) == "  ab");
    CHECK(padded("abcd", 2) == "abcd");
    CHECK(padded("\u732b", 4) == "\u732b  ");
}

TEST_CASE("table: columns line up, nothing behind the last") {
    Table table;
    table.column("NAME").column("SIZE", Table::Align::right).column("NOTE");
    table.row({"a", "1 B", ""});
    table.row({"longer", "1.2 KiB", "x"});
    CHECK(table.text(Style(false)) == "NAME       SIZE  NOTE\n"
                                      "a           1 B\n"
                                      "longer  1.2 KiB  x\n");
}

TEST_CASE("table: colours do not move columns") {
    Table table;
    table.column("A").column("B");
    table.row({Style(true).red("x"), "y"});
    CHECK(table.text(Style(false)) == "A  B\n\x1b[31mx\x1b[m  y\n");
}

TEST_CASE("colour: --color, NO_COLOR, CLICOLOR_FORCE, terminal") {
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    CHECK(want_color(ColorMode::automatic, true, false));
    CHECK_FALSE(want_color(ColorMode::automatic, true, true));
    CHECK_FALSE(want_color(ColorMode::automatic, false, false));
    setenv("CLICOLOR_FORCE", "1", 1);
    CHECK(want_color(ColorMode::automatic, false, false));
    setenv("NO_COLOR", "1", 1);
    CHECK_FALSE(want_color(ColorMode::automatic, true, false));
    CHECK(want_color(ColorMode::always, false, true));
    CHECK_FALSE(want_color(ColorMode::never, true, false));
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
}
