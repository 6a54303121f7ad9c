// Row diffs against a count of rows kept in a plain map.
#include "os/file.hpp"
#include "unit/worktree/fixture.hpp"
#include "worktree/diff_rows.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

using namespace ds;

namespace {

RowSource source_of(const std::string& text) {
    return {[&text](const std::function<void(ByteView)>& sink) {
                for (std::size_t at = 0; at < text.size(); at += 1000) {
                    sink(ByteView(text).substr(at, 1000));
                }
            },
            [&text](std::uint64_t offset, std::uint64_t length) {
                return offset < text.size() ? text.substr(offset, length) : std::string();
            }};
}

struct Outcome {
    RowDiff sums;
    std::multimap<std::string, std::string> rows; ///< op and sides
};

Outcome diff_of(const std::string& before, const std::string& after, TableForm form = TableForm::csv,
                std::vector<std::string> key = {}) {
    const ds_test::TempDir dir;
    const auto scratch = dir / "scratch";
    make_dirs(scratch, 0700);
    NoLog log;
    NoProgress progress;
    std::stop_source stop;
    Context context{log, progress, stop.get_token(), 2};
    Outcome out;
    out.sums = diff_rows(
        source_of(before), source_of(after), {form, std::move(key), scratch}, context, [](const RowDiff&) {},
        [&](const RowChange& row) {
            const char* const op = row.op == RowChange::Op::added     ? "+"
                                   : row.op == RowChange::Op::removed ? "-"
                                                                      : "~";
            out.rows.emplace(op, fmt::format("{}|{}", row.before, row.after));
        });
    CHECK(std::filesystem::remove(scratch)); // it is empty
    return out;
}

using Rows = std::multimap<std::string, std::string>;

} // namespace

TEST_CASE("without a key rows are there or not there, in any order, as often as they are") {
    const auto out = diff_of("id,v\n1,a\n2,b\n2,b\n3,c\n", "id,v\n3,c\n2,b\n1,A\n3,c\n");
    CHECK(out.rows == Rows{{"-", "1,a|"}, {"-", "2,b|"}, {"+", "|1,A"}, {"+", "|3,c"}});
}

TEST_CASE("with a key a row changes") {
    const auto out = diff_of("id,v\n1,a\n2,b\n3,c\n", "id,v\n4,d\n3,C\n1,a\n", TableForm::csv, {"id"});
    CHECK(out.rows == Rows{{"-", "2,b|"}, {"+", "|4,d"}, {"~", "3,c|3,C"}});
    CHECK(out.sums.changed == 1);
    CHECK_THROWS_AS(diff_of("id\n1\n", "no\n1\n", TableForm::csv, {"id"}), RowError);
}

TEST_CASE("columns may come, go and move: what both have is compared") {
    const auto out = diff_of("id,v,old\n1,a,x\n2,b,y\n", "new,v,id\n?,a,1\n?,B,2\n", TableForm::csv, {"id"});
    CHECK(out.rows == Rows{{"~", "2,b,y|?,B,2"}});
    CHECK(out.sums.columns == std::vector<std::string>{"id", "v", "old"});
    CHECK(diff_of("a,b\n1,2\n", "b,a\n2,1\n").rows.empty());
    // Values of different columns do not run into each other.
    CHECK(diff_of("a,b,c\n1,11,x\n", "a,b\n11,1\n").rows.size() == 2);
}

TEST_CASE("json lines by a member") {
    const auto out = diff_of("{\"id\":1,\"v\":2}\n{\"id\":\"1\"}\n", "{\"v\":3,\"id\":1}\n{\"id\":\"1\"}\n",
                             TableForm::jsonl, {"id"});
    CHECK(out.rows == Rows{{"~", "{\"id\":1,\"v\":2}|{\"v\":3,\"id\":1}"}});
    CHECK_THROWS_AS(diff_of("{\n", "{}\n", TableForm::jsonl, {"id"}), RowError);
    CHECK(diff_of("{\n", "{}\n", TableForm::jsonl).rows.size() == 2); // no key: only bytes
}

TEST_CASE("more rows than are kept in memory") {
    std::mt19937 random(5);
    std::vector<std::string> before;
    for (int i = 0; i < 600'000; ++i) {
        before.push_back(fmt::format("{},{}\n", i, random()));
    }
    auto after = before;
    for (int i = 0; i < 50; ++i) {
        after[random() % after.size()] += "x\n"; // an own line "x" each
    }
    after.resize(after.size() - 7);
    std::shuffle(after.begin(), after.end(), random);
    const auto text = [](const std::vector<std::string>& rows) {
        std::string out = "id,v\n";
        for (const auto& row : rows) {
            out += row;
        }
        return out;
    };
    const auto out = diff_of(text(before), text(after));
    CHECK(out.sums.removed == 7);
    CHECK(out.rows.count("-") == 7);
    CHECK(out.sums.added == out.rows.count("+"));
    CHECK(out.sums.added >= 40);
    CHECK(std::all_of(out.rows.lower_bound("+"), out.rows.upper_bound("+"),
                      [](const auto& row) { return row.second == "|x"; }));
}
