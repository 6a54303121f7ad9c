// The drawing of log --graph.
#include "term/graph.hpp"

#include <doctest/doctest.h>

using namespace ds::cli;

namespace {

struct Given {
    std::string id;
    std::vector<std::string> parents;
};

std::string drawn(const std::vector<Given>& commits) {
    CommitGraph graph;
    std::string text;
    for (const auto& commit : commits) {
        const auto rows = graph.add(commit.id, commit.parents);
        text += rows.commit + " " + commit.id + "\n";
        for (const auto& row : rows.after) {
            text += row + "\n";
        }
    }
    return text;
}

} // namespace

TEST_CASE("graph: a line") {
    CHECK(drawn({{"c", {"b"}}, {"b", {"a"}}, {"a", {}}}) == "* c\n* b\n* a\n");
}

TEST_CASE("graph: a merge opens a lane, the common parent closes it") {
    CHECK(drawn({{"m", {"b", "c"}}, {"c", {"a"}}, {"b", {"a"}}, {"a", {}}}) == "* m\n"
                                                                               "|\\\n"
                                                                               "| * c\n"
                                                                               "* | b\n"
                                                                               "|/\n"
                                                                               "* a\n");
}

TEST_CASE("graph: two tips") {
    CHECK(drawn({{"x", {"a"}}, {"y", {"a"}}, {"a", {}}}) == "* x\n"
                                                            "| * y\n"
                                                            "|/\n"
                                                            "* a\n");
}

TEST_CASE("graph: unrelated histories") {
    CHECK(drawn({{"x", {"w"}}, {"b", {}}, {"w", {}}}) == "* x\n| * b\n* w\n");
    CHECK(drawn({{"x", {}}, {"w", {}}}) == "* x\n* w\n");
}

TEST_CASE("graph: a merge of what is a lane already") {
    CHECK(drawn({{"x", {"a"}}, {"m", {"b", "a"}}, {"b", {"a"}}, {"a", {}}}) == "* x\n"
                                                                               "| * m\n"
                                                                               "| |\\\n"
                                                                               "|_|/\n"
                                                                               "| * b\n"
                                                                               "|/\n"
                                                                               "* a\n");
}
