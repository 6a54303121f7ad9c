// What a registry hands out is hostile until it is checked.
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

/// A data bucket in memory whose packs a test may change at will.
class FakeData final : public DataBucket {
  public:
    std::string put(const std::string& key, const Body& body, const std::optional<Retention>&) override {
        std::string bytes(body.size(), '\0');
        body.read(0, bytes.data(), bytes.size());
        objects[key] = std::move(bytes);
        return "v1";
    }
    std::string copy(const std::string& from, const std::string&, const std::string& to) override {
        objects[to] = objects.at(from);
        return "v1";
    }
    void get(const std::string& key, const std::string&, std::uint64_t offset, std::uint64_t length,
             ByteString& out) override {
        ++reads;
        const auto at = objects.find(key);
        if (at == objects.end()) {
            throw Error(ErrorKind::not_found, "no such object");
        }
        if (offset > at->second.size() || length > at->second.size() - offset) {
            throw CorruptObject("shorter than that");
        }
        out.append(at->second, offset, length);
    }
    std::optional<std::uint64_t> size(const std::string& key, const std::string&) override {
        const auto at = objects.find(key);
        return at == objects.end() ? std::nullopt : std::optional<std::uint64_t>(at->second.size());
    }
    std::vector<Version> versions(const std::string& key) override {
        return objects.contains(key) ? std::vector<Version>{{key, "v1", objects[key].size()}}
                                     : std::vector<Version>{};
    }
    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        for (const auto& [key, bytes] : objects) {
            if (key.starts_with(prefix) && !visit({key, "v1", bytes.size()})) {
                return;
            }
        }
    }
    void retain(const std::string&, const std::string&, const Retention&) override {}
    Retention retention(const std::string&, const std::string&) override { return {}; }
    void remove(const std::string& key, const std::string&) override { objects.erase(key); }
    Locking locking() const override { return Locking::none; }

    std::map<std::string, std::string> objects;
    std::atomic<int> reads = 0;
};

struct Fake {
    Fake() {
        auto bucket = std::make_unique<FakeData>();
        data = bucket.get();
        registry = std::make_unique<Registry>("fake", "fake:", Buckets{nullptr, std::move(bucket)});
    }
    FakeData* data;
    std::unique_ptr<Registry> registry;
};

Files some() {
    Files files;
    for (int i = 0; i < 300; ++i) {
        files[fmt::format("train/{:03}.parquet", i)] = {EntryKind::file, noise(200, i)};
    }
    files["z/large"] = {EntryKind::file, noise(100'000, 7)};
    return files;
}

/// A pack of hand-made objects, so that whatever the layout claims can be tried.
struct Forge {
    explicit Forge(FakeData& bucket) : data(bucket) {}
    Extent add(ObjectKind kind, const std::string& bytes) {
        FrameBuilder builder(kind);
        builder.add(sha256(bytes), bytes);
        std::string frame;
        auto entries = builder.encode(0, frame);
        const Extent at{0, static_cast<std::uint32_t>(pack.size()), static_cast<std::uint32_t>(frame.size()),
                        0, static_cast<std::uint32_t>(bytes.size())};
        pack += frame;
        return at;
    }
    Place place(const Extent& at, const Sha256& hash) const {
        return {name, "v1", at.frame_offset, at.frame_length, at.inner_offset, at.length, hash};
    }
    void publish() { data.objects["ns/packs/" + name.hex()] = pack; }

    FakeData& data;
    Sha256 name = sha256("forged");
    std::string pack{pack_magic};
};

} // namespace

TEST_CASE("any flipped byte in a pack is noticed or makes no difference") {
    const TempDir dir;
    Local here(dir / "here");
    Fake fake;
    const Files files = some();
    const auto tree = here.commit(files);
    const auto roots = push(*fake.registry, here, tree);
    const auto sound = fake.data->objects;
    std::mt19937 random(1);
    int noticed = 0;
    for (int round = 0; round < 40; ++round) {
        fake.data->objects = sound;
        auto victim = fake.data->objects.begin();
        std::advance(victim, random() % sound.size());
        victim->second[random() % victim->second.size()] ^= static_cast<char>(1 << (random() % 8));
        const std::string path = dir / fmt::format("there{}", round);
        Local there(path);
        try {
            fetch(*fake.registry, roots, *there);
            CHECK(compare(*there, tree, files) == "");
        } catch (const CorruptObject&) {
            ++noticed;
            // What was installed before is sound.
            Quiet quiet;
            there->check(quiet.context,
                         [](const StoreProblem& problem) { FAIL(problem.object << problem.problem); });
        }
        std::filesystem::remove_all(path);
    }
    CHECK(noticed > 20);
}

TEST_CASE("damaged content names its path, and nothing is installed") {
    const TempDir dir;
    Local here(dir / "here");
    Local there(dir / "there");
    Fake fake;
    const Files files{{"train/007.parquet", {EntryKind::file, "content that is right"}}};
    const auto tree = here.commit(files);
    const auto roots = push(*fake.registry, here, tree);

    // A frame that is sound in itself, with other content: only the hash can tell.
    RegistryVersion version(*fake.registry, "ns", roots);
    const auto located = version.locate("train/007.parquet");
    REQUIRE(located);
    Forge forge(*fake.data);
    forge.name = located->packs[located->file.chunks[0].at.pack].name;
    forge.add(ObjectKind::chunk, "content that is wrong");
    forge.publish();

    const auto check = [&](const auto& read) {
        try {
            read();
            FAIL("not noticed");
        } catch (const CorruptObject& error) {
            CHECK(error.message() ==
                  fmt::format("'train/007.parquet' does not match its record (expected sha256 {}…, got {}…)",
                              sha256("content that is right").short_hex(),
                              sha256("content that is wrong").short_hex()));
        }
    };
    check([&] { fetch(*fake.registry, roots, *there); });
    CHECK_FALSE(there->has(ObjectKind::chunk, sha256("content that is wrong")));
    CHECK_FALSE(there->has(ObjectKind::chunk, sha256("content that is right")));
    check([&] { version.stream("train/007.parquet", located->entry, [](ByteView) { FAIL("handed out"); }); });
    // Nor does it go on to another registry.
    const auto other = make_registry(dir / "other");
    check([&] {
        Quiet quiet;
        TransferStats stats;
        PushRequest request{*other, "ns", tree, nullptr, &version, nullptr, {}, {}, {}};
        (void)push_tree(request, quiet.context, stats);
    });
    CHECK(all_packs(*other).empty());
}

TEST_CASE("a recipe that makes another file is refused") {
    const TempDir dir;
    Local here(dir / "here", 100);
    Local there(dir / "there");
    Fake fake;
    const auto right = noise(250, 1);
    const auto wrong = noise(250, 2);
    const Sha256 name = sha256(right);
    Forge forge(*fake.data);
    LayoutNode layout;
    layout.packs.push_back({});
    FileLayout& file = layout.files.emplace_back();
    for (std::size_t at = 0; at < 250; at += 125) {
        const std::string piece = wrong.substr(at, 125);
        file.chunks.push_back({sha256(piece), forge.add(ObjectKind::chunk, piece)});
    }
    TreeNode leaf;
    leaf.leaves.push_back({"file", {EntryKind::file, 250, name}});
    const std::string tree = leaf.serialise();
    const std::string text = layout.serialise({name});
    VersionRoots roots;
    roots.tree = {sha256(tree), 1, 250};
    roots.tree_place = forge.place(forge.add(ObjectKind::tree, tree), sha256(tree));
    roots.layout_place = forge.place(forge.add(ObjectKind::layout, text), sha256(text));
    forge.publish();
    CHECK_THROWS_WITH_AS(fetch(*fake.registry, roots, *there),
                         doctest::Contains("'file' does not match its record (expected sha256 "),
                         CorruptObject);
    CHECK_FALSE(there->has(ObjectKind::recipe, name));
    CHECK_FALSE(there->has_content({EntryKind::file, 250, name}));
    // Nor does a stream end well, whatever it proves on the way.
    RegistryVersion version(*fake.registry, "ns", roots);
    const Entry entry{EntryKind::file, 250, name};
    const auto ignore = [](ByteView) {};
    CHECK_THROWS_AS(version.stream("file", entry, ignore), CorruptObject);
    CHECK_THROWS_AS(version.stream_whole("file", entry, ignore), CorruptObject);
}

TEST_CASE("layouts that lie are refused with a clear message") {
    const TempDir dir;
    Fake fake;
    Forge forge(*fake.data);
    TreeNode leaf;
    leaf.leaves.push_back({"a", {EntryKind::file, 5, sha256("hello")}});
    const std::string tree = leaf.serialise();
    const Extent tree_at = forge.add(ObjectKind::tree, tree);
    const Extent chunk_at = forge.add(ObjectKind::chunk, "hello");

    LayoutNode layout;
    layout.packs.push_back({});
    layout.files.push_back({{{sha256("hello"), chunk_at}}, {}});
    VersionRoots roots;
    roots.tree = {sha256(tree), 1, 5};
    roots.tree_place = forge.place(tree_at, sha256(tree));
    std::vector<Sha256> hashes{sha256("hello")};

    const auto outcome = [&](const std::string& text, const std::function<void(VersionRoots&)>& change = {}) {
        VersionRoots changed = roots;
        changed.layout_place = forge.place(forge.add(ObjectKind::layout, text), sha256(text));
        if (change) {
            change(changed);
        }
        forge.publish();
        RegistryVersion version(*fake.registry, "ns", changed);
        std::string content;
        try {
            version.stream("a", leaf.leaves[0].entry, [&](ByteView bytes) { content.append(bytes); });
        } catch (const CorruptObject& error) {
            return error.message();
        }
        return "read " + content;
    };

    CHECK(outcome(layout.serialise(hashes)) == "read hello");
    SUBCASE("beyond the pack") {
        layout.files[0].chunks[0].at.frame_offset = 4'000'000'000;
        CHECK(outcome(layout.serialise(hashes)).find("'a' cannot be read: ") == 0);
    }
    SUBCASE("beyond the frame") {
        layout.files[0].chunks[0].at.inner_offset = 1;
        CHECK(outcome(layout.serialise(hashes)) == "'a' cannot be read: a chunk reaches beyond its frame");
    }
    SUBCASE("a giant frame") {
        layout.files[0].chunks[0].at.frame_length = 3'000'000'000;
        CHECK(outcome(layout.serialise(hashes)).find("claims to have 3000000000 bytes") != std::string::npos);
    }
    SUBCASE("another size") {
        layout.files[0].chunks[0].at.length = 4;
        CHECK(outcome(layout.serialise(hashes)) == "the layout of 'a' has 4 bytes, its record 5");
    }
    SUBCASE("another hash") {
        layout.files[0].chunks[0].hash = sha256("jello");
        CHECK(outcome(layout.serialise(hashes)).find("'a' does not match its record") == 0);
    }
    SUBCASE("content that is a tree node") {
        layout.files[0].chunks[0].at = tree_at;
        layout.files[0].chunks[0].at.length = 5;
        CHECK(outcome(layout.serialise(hashes)) == "'a' cannot be read: its frame holds no content");
    }
    SUBCASE("a layout of another level") {
        LayoutNode inner;
        inner.level = 1;
        inner.packs.push_back({});
        inner.children.push_back({tree_at, tree_at, sha256(tree)});
        CHECK(outcome(inner.serialise({})).find("does not fit it") != std::string::npos);
    }
    SUBCASE("a layout in place of a tree node") {
        CHECK(outcome(layout.serialise(hashes), [](VersionRoots& r) {
                  r.tree_place = r.layout_place;
              }).find("lies in a frame of another kind") != std::string::npos);
    }
    SUBCASE("totals that are not the tree's") {
        CHECK(outcome(layout.serialise(hashes), [](VersionRoots& r) {
                  r.tree.bytes = 6;
              }).find("differs from what stands above it") != std::string::npos);
    }
    SUBCASE("a layout that is its own child") {
        TreeNode parent;
        parent.level = 1;
        parent.children.push_back({"a", sha256(tree), 1, 5});
        const std::string above = parent.serialise();
        const Extent above_at = forge.add(ObjectKind::tree, above);
        LayoutNode inner;
        inner.level = 1;
        inner.packs.push_back({});
        // The child's layout is claimed to lie where the tree's own inner node does.
        inner.children.push_back({above_at, above_at, sha256(above)});
        CHECK(outcome(inner.serialise({}), [&](VersionRoots& r) {
                  r.tree.root = sha256(above);
                  r.tree_place = forge.place(above_at, sha256(above));
              }).find("does not match its hash") != std::string::npos);
    }
}
