// The view against a plain model: names, kinds, listings from every point, numbers.
#include "unit/mount/version.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

/// Paths whose order is not that of their folders: '-', '.' and '!' sort before '/', '0' right behind it.
Files tricky_files(std::uint64_t seed, std::size_t count) {
    const std::vector<std::string> names{"a", "a-", "a-b", "a.b",  "a0", "a!",
                                         "b", "-",  "0",   "\xff", " ",  "aa"};
    std::mt19937_64 random(seed);
    Files files;
    std::set<std::string> folders;
    for (std::size_t tries = 0; tries < count * 20 && files.size() < count; ++tries) {
        std::string path;
        std::vector<std::string> above;
        const auto depth = 1 + random() % 6;
        for (std::size_t i = 0; i < depth; ++i) {
            if (i > 0) {
                above.push_back(path);
                path += '/';
            }
            path += names[random() % names.size()];
            if (random() % 4 == 0) {
                path += fmt::format("{:03}", random() % 300);
            }
        }
        bool fits = !folders.contains(path);
        for (const auto& folder : above) {
            fits = fits && !files.contains(folder);
        }
        if (!fits) {
            continue;
        }
        folders.insert(above.begin(), above.end());
        const auto kind = random() % 10;
        files[path] = kind == 0   ? File{EntryKind::empty_dir, ""}
                      : kind == 1 ? File{EntryKind::symlink, "../" + path}
                      : kind == 2 ? File{EntryKind::executable, path}
                                  : File{EntryKind::file, std::string(random() % 40, 'x')};
    }
    return files;
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

} // namespace

TEST_CASE("folders, names, kinds and numbers are those of a plain model") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        const auto files = tricky_files(seed, seed == 1 ? 20 : 5000);
        const auto folders = folders_of(files);
        const Pushed pushed(files);
        const Opened opened(pushed);
        auto& view = *opened.view;
        std::map<Inode, std::string> numbers;
        std::size_t seen = 0;
        for (const auto& [folder, names] : folders) {
            const auto at = view.find(folder);
            REQUIRE(at);
            CHECK(at->folder);
            const auto children = opened.list(at->inode);
            REQUIRE(children.size() == names.size());
            std::set<std::string> listed;
            for (const auto& child : children) {
                ++seen;
                listed.insert(name_of(child.path));
                const auto file = files.find(child.path);
                CHECK(child.folder == folders.contains(child.path));
                if (file != files.end()) {
                    CHECK(child.entry.kind == file->second.kind);
                    CHECK(child.entry.size == file->second.content.size());
                }
                CHECK(numbers.emplace(child.inode, child.path).second);
                const auto again = view.get(child.inode);
                REQUIRE(again);
                CHECK(again->path == child.path);
                CHECK(again->folder == child.folder);
                const auto found = view.lookup(at->inode, name_of(child.path));
                REQUIRE(found);
                CHECK(found->inode == child.inode);
            }
            CHECK(listed == names);
            // A listing goes on behind every point.
            const std::size_t step = std::max<std::size_t>(1, children.size() / 7);
            for (std::size_t i = 0; i < children.size(); i += step) {
                const auto rest = opened.list(at->inode, children[i].inode);
                REQUIRE(rest.size() == children.size() - i - 1);
                CHECK((rest.empty() || rest.front().path == children[i + 1].path));
            }
            CHECK_FALSE(view.lookup(at->inode, "no-such-name"));
        }
        CHECK(seen >= files.size());
    }
}

TEST_CASE("numbers are the same for everybody, and others are refused") {
    const auto files = tricky_files(9, 2000);
    const Pushed pushed(files);
    const Opened one(pushed);
    const Opened two(pushed);
    for (const auto& [path, file] : files) {
        const auto a = one.view->find(path);
        const auto b = two.walk(path);
        REQUIRE(a);
        REQUIRE(b);
        CHECK(a->inode == b->inode);
    }
    for (const Inode wrong :
         {Inode{0}, Inode{2}, Inode{4095}, Inode{1} << 62, (Inode{1} << 12) + 4095, ~Inode{0}}) {
        CHECK_FALSE(one.view->get(wrong));
        CHECK_FALSE(one.view->list(wrong, 0, [](const FolderNode&, std::string_view) { return true; }));
        CHECK(one.content->open(wrong) == nullptr);
    }
    for (const char* name : {"", ".", "..", "a/b", "/"}) {
        CHECK_FALSE(one.view->lookup(root_inode, name));
    }
    CHECK_FALSE(one.view->lookup(root_inode, std::string(256, 'a')));
}

TEST_CASE("a version without entries is an empty folder") {
    const Pushed pushed({});
    const Opened opened(pushed);
    CHECK(opened.list(root_inode).empty());
    CHECK_FALSE(opened.view->lookup(root_inode, "x"));
}

TEST_CASE("requests: few to open a large version, at most four to any file of it") {
    Files files;
    for (unsigned i = 0; i < 100000; ++i) {
        files[fmt::format("train/class-{:03}/{:06}.txt", i / 997, i)] = {EntryKind::file,
                                                                         fmt::format("item {}", i)};
    }
    files["README.md"] = {EntryKind::file, "read me"};
    const Pushed pushed(files);
    Opened opened(pushed);
    // Finding the version takes five more: catalog, versions of the record, the record, the description.
    CHECK(opened.probe.requests <= 4);

    std::mt19937_64 random(4);
    for (unsigned round = 0; round < 40; ++round) {
        auto at = files.begin();
        std::advance(at, static_cast<long>(random() % files.size()));
        const unsigned before = opened.probe.requests;
        const auto node = opened.walk(at->first);
        REQUIRE(node);
        CHECK(opened.read(node->inode, 0, node->entry.size) == at->second.content);
        CHECK(opened.probe.requests - before <= 4);
    }
    // Folders of folders, and all of it: leaves come many at a time.
    Opened listing(pushed);
    auto before = listing.probe.requests.load();
    CHECK(listing.list(listing.walk("train")->inode).size() == 101);
    CHECK(listing.probe.requests - before <= 20);
    Opened walking(pushed);
    before = walking.probe.requests;
    std::size_t seen = 0;
    for (const auto& folder : walking.list(walking.walk("train")->inode)) {
        seen += walking.list(folder.inode).size();
    }
    CHECK(seen == 100000);
    MESSAGE("requests to list 100,000 files: " << walking.probe.requests - before);
    CHECK(walking.probe.requests - before <= 60);
}
