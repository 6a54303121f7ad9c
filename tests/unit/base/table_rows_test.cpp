// Rows are found whatever the pieces in which their bytes come.
#include "base/error.hpp"
#include "base/table_rows.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {

using Rows = std::vector<std::pair<std::uint64_t, std::string>>;

Rows rows_of(const std::string& text, TableForm form, std::size_t piece) {
    Rows rows;
    RowScanner scanner(form, [&](std::string_view row, std::uint64_t at) { rows.emplace_back(at, row); });
    for (std::size_t at = 0; at < text.size(); at += piece) {
        scanner.feed(std::string_view(text).substr(at, piece));
    }
    scanner.finish();
    return rows;
}

} // namespace

TEST_CASE("rows of csv, with quotes, in pieces of any size") {
    const std::string text = "a,b\r\n1,\"x,\ny\"\n\n5\" pipe,2\n\"say \"\"hi\"\"\n\",3\n\"\",\"\"\nlast";
    const Rows expected = {{0, "a,b"},         {5, "1,\"x,\ny\""},
                           {15, "5\" pipe,2"}, {25, "\"say \"\"hi\"\"\n\",3"},
                           {41, "\"\",\"\""},  {47, "last"}};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        CHECK(rows_of(text, TableForm::csv, piece) == expected);
        for (const auto& [at, row] : expected) {
            CHECK(text.substr(at, row.size()) == row);
        }
    }
}

TEST_CASE("a quote is nothing special in tsv and jsonl") {
    const Rows expected = {{0, "\"a"}, {3, "b\""}};
    CHECK(rows_of("\"a\nb\"\n", TableForm::tsv, 2) == expected);
    CHECK(rows_of("\"a\nb\"\n", TableForm::jsonl, 99) == expected);
}

TEST_CASE("fields are unquoted") {
    using Fields = std::vector<std::string>;
    CHECK(row_fields("a,,\"b,\"\"c\"\"\n\",5\" d", TableForm::csv) == Fields{"a", "", "b,\"c\"\n", "5\" d"});
    CHECK(row_fields("\"a\"\tb,c", TableForm::tsv) == Fields{"\"a\"", "b,c"});
    CHECK(row_fields("", TableForm::csv) == Fields{""});
    CHECK(row_fields("a,", TableForm::csv) == Fields{"a", ""});
}

TEST_CASE("a row without end is refused, not kept") {
    RowScanner scanner(TableForm::csv, [](std::string_view, std::uint64_t) {});
    scanner.feed("id\n\"");
    const std::string piece(1u << 20, 'x');
    CHECK_THROWS_WITH_AS(
        [&] {
            for (int i = 0; i < 20; ++i) {
                scanner.feed(piece);
            }
        }(),
        doctest::Contains("row 2 is longer"), Error);
}

TEST_CASE("tables are known by their names") {
    CHECK(table_form_of("a/b.csv") == TableForm::csv);
    CHECK(table_form_of("b.tsv") == TableForm::tsv);
    CHECK(table_form_of("b.ndjson") == TableForm::jsonl);
    CHECK_FALSE(table_form_of("csv"));
}
