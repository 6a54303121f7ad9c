// History in bundles: what is known is not sent, the number of bundles stays logarithmic.
#include "transfer/history_chain.hpp"
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

std::unique_ptr<History> make_history(const std::string& path) {
    History::create(path, VersionName("v1"));
    return History::open(path);
}

CommitId commit(History& history, const std::vector<CommitId>& parents, int n) {
    CommitData data;
    data.tree = {sha256(fmt::format("tree {}", n)), 1, 2};
    data.parents = parents;
    data.author = {"A", "a@example.org", 1000 + n, 0};
    data.message = fmt::format("commit {}\n", n);
    return history.write_commit(data);
}

std::size_t chain_length(Registry& registry, Place place) {
    PackReader reader(registry, "ns");
    std::size_t length = 1;
    for (auto bundle = read_history_bundle(reader, place); bundle.previous; ++length) {
        bundle = read_history_bundle(reader, *bundle.previous);
    }
    return length;
}

} // namespace

TEST_CASE("history goes up in pieces and comes down whole") {
    const TempDir dir;
    const auto here = make_history(dir / "here");
    const auto there = make_history(dir / "there");
    const auto registry = make_registry(dir / "registry");
    std::optional<Place> place;
    std::vector<CommitId> commits;
    Quiet quiet;
    for (int i = 0; i < 60; ++i) {
        commits.push_back(commit(*here, i == 0 ? std::vector<CommitId>{} : std::vector{commits.back()}, i));
        place = push_history(*registry, "ns", *here, commits.back(),
                             i == 0 ? std::vector<CommitId>{} : std::vector{commits[i - 1]}, place);
        if (i == 20 || i == 59) {
            VersionRoots roots;
            roots.history_place = *place;
            RegistryVersion version(*registry, "ns", roots);
            fetch_history(version, *there, commits.back(), quiet.context);
            CHECK(there->is_ancestor(commits.front(), commits.back()));
            CHECK(there->read_commit(commits[i / 2]).data.message == fmt::format("commit {}\n", i / 2));
        }
    }
    CHECK(chain_length(*registry, *place) <= 8);
    CHECK(push_history(*registry, "ns", *here, commits.back(), {commits.back()}, place) == *place);

    const auto other = make_registry(dir / "other");
    const Place copied = copy_history(*registry, "ns", *place, *other, "ns");
    CHECK(chain_length(*other, copied) == 1);
    VersionRoots roots;
    roots.history_place = copied;
    RegistryVersion version(*other, "ns", roots);
    const auto fresh = make_history(dir / "fresh");
    fetch_history(version, *fresh, commits.back(), quiet.context);
    CHECK(fresh->is_ancestor(commits.front(), commits.back()));

    const auto missing = commit(*here, {commits.back()}, 1000);
    CHECK_THROWS_AS(fetch_history(version, *fresh, missing, quiet.context), CorruptObject);
}

TEST_CASE("a merge is fetched although its other side lies further back") {
    const TempDir dir;
    const auto here = make_history(dir / "here");
    const auto there = make_history(dir / "there");
    const auto registry = make_registry(dir / "registry");
    const auto root = commit(*here, {}, 0);
    CommitId side = root;
    for (int i = 1; i < 40; ++i) {
        side = commit(*here, {side}, i);
    }
    const auto old = push_history(*registry, "ns", *here, side, {}, std::nullopt);
    const auto main = commit(*here, {root}, 100);
    const auto merge = commit(*here, {main, side}, 101);
    const auto place = push_history(*registry, "ns", *here, merge, {side}, old);
    CHECK(chain_length(*registry, place) == 2);
    // The other store knows the first commit only, which the newest bundle begins upon.
    here->export_objects(root, {}, [&](RawObject object) { (void)there->import_object(object); });
    there->flush();
    VersionRoots roots;
    roots.history_place = place;
    RegistryVersion version(*registry, "ns", roots);
    Quiet quiet;
    fetch_history(version, *there, merge, quiet.context);
    CHECK(there->is_ancestor(side, merge));
}
