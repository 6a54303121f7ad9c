// What a version reaches, what a proven base spares, and what verify finds.
#include "request.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

using namespace ds_test;
using ds::RegistryVersion;

namespace {

std::set<ds::PackRef> packs_of(ds::Registry& registry, const BuiltVersion& built,
                               const BuiltVersion* base = nullptr) {
    RegistryVersion version(registry, "demo", built.roots);
    std::set<ds::PackRef> packs;
    const auto visit = [&](const ds::PackRef& pack) { CHECK(packs.insert(pack).second); };
    if (base != nullptr) {
        RegistryVersion proven(registry, "demo", base->roots);
        ds::for_each_pack(version, &proven, visit);
    } else {
        ds::for_each_pack(version, nullptr, visit);
    }
    return packs;
}

std::set<ds::PackRef> all_packs(const BuiltVersion& built) {
    return {built.content_pack, built.meta_pack, built.history_pack};
}

std::map<std::string, std::string> with_large(std::map<std::string, std::string> files, char first) {
    for (int i = 0; i < 40; ++i) {
        files["large"] += std::string(64, static_cast<char>(first + i));
    }
    return files;
}

void damage(const std::string& path, std::uint64_t offset) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(offset));
    const auto old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(old ^ 1));
}

std::string file_of(const Lab& lab, const ds::PackRef& pack) {
    return lab.url() + "/data/demo/packs/" + pack.name.hex() + "=/" + pack.version_id;
}

} // namespace

TEST_CASE("closure: every pack of content, tree, layout, segments and history, each once") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto first = builder.build(many_files(3000));
    CHECK(packs_of(*lab, first) == all_packs(first));
    // Only a chunk that stands in a segment lies in the second content pack.
    auto files = with_large(many_files(3000), '0');
    const auto second = builder.build(files);
    files["large"].replace(64 * 30, 64, std::string(64, '#'));
    const auto third = builder.build(files);
    CHECK(packs_of(*lab, third).contains(third.content_pack));
    CHECK(packs_of(*lab, third).contains(second.content_pack));
    CHECK(packs_of(*lab, third).contains(first.content_pack));
    CHECK_FALSE(packs_of(*lab, third).contains(second.history_pack));
}

TEST_CASE("closure: what is shared with a proven version is skipped, what is not is not") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto base = builder.build(many_files(3000));
    auto changed = many_files(3000);
    changed["part-001/001500.txt"] = "changed";
    changed["zzz/new.txt"] = "new";
    const auto next = builder.build(changed);
    CHECK(packs_of(*lab, base, &base).empty());
    const auto fresh = packs_of(*lab, next, &base);
    for (const auto& pack : all_packs(next)) {
        CHECK(fresh.contains(pack));
    }
    // The changed leaves still refer to old content beside the new; nothing else of the base is looked at.
    CHECK_FALSE(fresh.contains(base.history_pack));
}

TEST_CASE("closure: the same files in other packs are not taken as proven") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto base = builder.build(many_files(600));
    builder.forget();
    const auto same = builder.build(many_files(600));
    CHECK(same.roots.tree == base.roots.tree);
    CHECK(packs_of(*lab, same, &base) == all_packs(same));
}

TEST_CASE("publish: upon a proven record only what is new is locked, and everything is once a quarter") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto base = builder.build(many_files(3000));
    Quiet quiet;
    const auto quarter = 365LL * 86400 / 4;
    const auto start = (ds::unix_now() / quarter) * quarter; // the quarter this moment is in
    auto first = request_for(*lab, "v1", base);
    first.now = start + 10;
    const auto record = ds::publish_version(first, quiet.context);
    auto changed = many_files(3000);
    for (std::size_t i = 0; i < 3000; ++i) { // whole leaves of new content, so that no leaf names old packs
        auto number = std::to_string(i);
        number.insert(0, 6 - number.size(), '0');
        if (i < 1500) {
            changed["part-" + number.substr(0, 3) + "/" + number + ".txt"] = "new " + number;
        }
    }
    const auto next = builder.build(changed);

    Probe probe;
    const auto client = lab.connect(probe);
    auto second = request_for(*client, "v2", next);
    second.proven = record;
    SUBCASE("in the same quarter") {
        second.now = start + 20;
        (void)ds::publish_version(second, quiet.context);
        CHECK(probe.retains == 3); // content, nodes, history
    }
    SUBCASE("in the next quarter") {
        second.now = start + quarter + 20;
        (void)ds::publish_version(second, quiet.context);
        CHECK(lab->pack_retention("demo", base.content_pack).until >= second.now + 365LL * 86400);
        CHECK(lab->pack_retention("demo", base.meta_pack).until >= second.now + 365LL * 86400);
    }
    SUBCASE("a base that is not locked proves nothing") {
        std::filesystem::remove(file_of(lab, base.meta_pack) + ".lock");
        second.now = start + 20;
        (void)ds::publish_version(second, quiet.context);
        CHECK(lab->pack_retention("demo", base.meta_pack).mode == ds::RetentionMode::compliance);
    }
    RegistryVersion version(*lab, "demo", next.roots);
    CHECK(ds::verify_locks(version, cats, *lab->record(cats, "v2"), {}, quiet.context).problems.empty());
}

TEST_CASE("publish: upon a proven record it costs requests for the changes, not for the data set") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    std::vector<BuiltVersion> parts; // many packs: each build adds files in a folder of their own
    std::map<std::string, std::string> files;
    for (int part = 0; part < 12; ++part) {
        for (int i = 0; i < 300; ++i) {
            files["p" + std::to_string(100 + part) + "/" + std::to_string(1000 + i)] =
                std::to_string(part * 1000 + i);
        }
        parts.push_back(builder.build(files));
    }
    Quiet quiet;
    auto base = request_for(*lab, "v1", parts.back());
    const auto record = ds::publish_version(base, quiet.context);
    files["p105/1007"] = "changed";
    const auto next = builder.build(files);
    make_draft(*lab, "v2", next); // what the upload before it does
    Probe probe;
    const auto client = lab.connect(probe);
    auto request = request_for(*client, "v2", next);
    request.now = base.now;
    request.proven = record;
    (void)ds::publish_version(request, quiet.context);
    INFO("requests: ", probe.requests.load());
    CHECK(probe.requests <= 40);
    CHECK(probe.retains == 3);
}

TEST_CASE("verify: a sound version is sound, in content and locks") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(with_large(many_files(600), '0'));
    const auto stored = publish(*lab, "v1", built);
    Quiet quiet;
    RegistryVersion version(*lab, "demo", stored.record.roots);
    const auto result = ds::verify_version(version, stored.record.manifest, quiet.context);
    CHECK(result.problems.empty());
    CHECK(result.problem_count == 0);
    CHECK(result.files == 601);
    CHECK(result.bytes == built.roots.tree.bytes);
    CHECK(ds::verify_locks(version, cats, stored, {}, quiet.context).problem_count == 0);
}

TEST_CASE("promise 3: verify finds every damage and names it") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    auto files = many_files(5);
    files["only.bin"] = std::string(64, 'z');
    const auto built = builder.build(files);
    Quiet quiet;
    auto manifest = built.manifest;
    std::string expected;
    SUBCASE("a flipped byte of content") {
        damage(file_of(lab, built.content_pack), 20);
        expected = "";
    }
    SUBCASE("a flipped byte of layout or tree") {
        damage(file_of(lab, built.meta_pack), built.roots.layout_place.frame_offset + 30);
        expected = "";
    }
    SUBCASE("content that is gone") {
        lab->data().remove(ds::pack_key("demo", built.content_pack.name), built.content_pack.version_id);
        expected = "";
    }
    SUBCASE("history that is gone") {
        lab->data().remove(ds::pack_key("demo", built.history_pack.name), built.history_pack.version_id);
        expected = "history";
    }
    SUBCASE("a manifest of something else") {
        manifest.files += 1;
        expected = "the files make sha256:";
    }
    RegistryVersion version(*lab, "demo", built.roots);
    const auto result = ds::verify_version(version, manifest, quiet.context);
    REQUIRE(result.problem_count > 0);
    CHECK(result.problems.size() == result.problem_count);
    CHECK(result.problems[0].find(expected) == 0);
}

TEST_CASE("verify: a lock that is missing or over is found") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(5));
    const auto stored = publish(*lab, "v1", built);
    Quiet quiet;
    RegistryVersion version(*lab, "demo", built.roots);
    const auto lock = file_of(lab, built.content_pack) + ".lock";
    SUBCASE("missing") {
        std::filesystem::remove(lock);
    }
    SUBCASE("over") {
        std::ofstream(lock, std::ios::trunc)
            << R"({"schema":"dsctl.lock/1","mode":"COMPLIANCE","until":1000})";
    }
    SUBCASE("nonsense") {
        std::ofstream(lock, std::ios::trunc) << "{";
    }
    const auto result = ds::verify_locks(version, cats, stored, {}, quiet.context);
    CHECK(result.problem_count == 1);
    CHECK(result.problems[0].find("pack " + built.content_pack.name.short_hex()) != std::string::npos);
}
