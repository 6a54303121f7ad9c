// Transfers over buckets that fail after some requests: run again they go on where they stopped.
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

using namespace ds;
using namespace ds_test;

namespace {

/// Data requests beyond a number fail, as when the network goes away.
class Failing final : public DataBucket {
  public:
    explicit Failing(std::unique_ptr<DataBucket> inner) : inner_(std::move(inner)) {}
    std::atomic<int> left{1 << 30};
    bool spoils = false; ///< a byte of every range that is read for the first time

    [[nodiscard]] std::size_t spoiled() const { return ranges_.size(); }

    std::string put(const std::string& key, const Body& body, const std::optional<Retention>& lock) override {
        count();
        return inner_->put(key, body, lock);
    }
    std::string copy(const std::string& from, const std::string& id, const std::string& to) override {
        count();
        return inner_->copy(from, id, to);
    }
    void get(const std::string& key, const std::string& id, std::uint64_t offset, std::uint64_t length,
             ByteString& out) override {
        count();
        inner_->get(key, id, offset, length, out);
        if (spoils && length > 0) {
            const std::lock_guard guard(mutex_);
            const bool known = std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
                return range.key == key && offset >= range.offset && offset + length <= range.end;
            });
            if (!known) {
                out[out.size() - length / 2 - 1] ^= 0x20;
                ranges_.push_back({key, offset, offset + length});
            }
        }
    }
    std::optional<std::uint64_t> size(const std::string& key, const std::string& id) override {
        count();
        return inner_->size(key, id);
    }
    std::vector<Version> versions(const std::string& key) override { return inner_->versions(key); }
    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        inner_->list_versions(prefix, visit);
    }
    void retain(const std::string& key, const std::string& id, const Retention& lock) override {
        inner_->retain(key, id, lock);
    }
    Retention retention(const std::string& key, const std::string& id) override {
        return inner_->retention(key, id);
    }
    void remove(const std::string& key, const std::string& id) override { inner_->remove(key, id); }
    Locking locking() const override { return inner_->locking(); }

  private:
    void count() {
        if (--left < 0) {
            throw Error(ErrorKind::retry, "the network is gone");
        }
    }
    struct Range {
        std::string key;
        std::uint64_t offset = 0;
        std::uint64_t end = 0;
    };
    std::unique_ptr<DataBucket> inner_;
    std::mutex mutex_;
    std::vector<Range> ranges_;
};

struct Broken {
    explicit Broken(const std::string& path) {
        (void)make_registry(path);
        Buckets buckets = open_buckets(path);
        auto failing = std::make_unique<Failing>(std::move(buckets.data));
        network = failing.get();
        buckets.data = std::move(failing);
        registry = std::make_unique<Registry>("test", path, std::move(buckets));
    }
    Failing* network;
    std::unique_ptr<Registry> registry;
};

Files bulk() {
    Files files;
    for (int i = 0; i < 60; ++i) {
        files[fmt::format("f{:02}", i)] = {EntryKind::file, noise(32 << 10, i)};
    }
    files["large"] = {EntryKind::file, noise(12u << 20, 99)};
    return files;
}

} // namespace

TEST_CASE("a push over a network that goes away goes on until it is whole") {
    const TempDir dir;
    Local here(dir / "here", 64 << 10);
    Broken broken(dir / "registry");
    const std::string journal = dir / "journal";
    std::filesystem::create_directory(journal);
    const Files files = bulk();
    const auto tree = here.commit(files);
    int tries = 0;
    std::optional<VersionRoots> roots;
    while (!roots) {
        REQUIRE(++tries < 40);
        broken.network->left = 6 + 2 * tries; // what came is asked for again
        try {
            roots = push(*broken.registry, here, tree, {}, nullptr, journal, {}, 1u << 20);
        } catch (const Error& error) {
            REQUIRE(error.kind() == ErrorKind::retry);
        }
    }
    CHECK(tries > 2);
    broken.network->left = 1 << 30;
    Local there(dir / "there");
    fetch(*broken.registry, *roots, *there);
    CHECK(compare(*there, tree, files) == "");
}

TEST_CASE("a fetch over a network that goes away keeps what came, also of one large file") {
    const TempDir dir;
    Local here(dir / "here", 64 << 10);
    Broken broken(dir / "registry");
    const Files files = bulk();
    const auto tree = here.commit(files);
    const auto roots = push(*broken.registry, here, tree, {}, nullptr, {}, {}, 1u << 20);
    Local there(dir / "there");
    const std::uint64_t before = broken.registry->requests().bytes_down;
    int tries = 0;
    for (bool done = false; !done;) {
        REQUIRE(++tries < 40);
        broken.network->left = 8;
        try {
            fetch(*broken.registry, roots, *there);
            done = true;
        } catch (const Error& error) {
            REQUIRE(error.kind() == ErrorKind::retry);
        }
    }
    CHECK(tries > 1);
    CHECK(broken.registry->requests().bytes_down - before < 30u << 20);
    CHECK(compare(*there, tree, files) == "");
}

TEST_CASE("what is spoiled on the way once is fetched again, not called damaged") {
    const TempDir dir;
    Local here(dir / "here", 64 << 10);
    Broken broken(dir / "registry");
    const Files files = bulk();
    const auto tree = here.commit(files);
    const auto roots = push(*broken.registry, here, tree, {}, nullptr, {}, {}, 1u << 20);
    broken.network->spoils = true;
    SUBCASE("into a store") {
        Local there(dir / "there");
        fetch(*broken.registry, roots, *there);
        CHECK(compare(*there, tree, files) == "");
    }
    SUBCASE("as a stream") {
        RegistryVersion version(*broken.registry, "ns", roots);
        for (const auto& path : {"f07", "large"}) {
            std::string content;
            const auto entry = tree_find(version, tree.root, path);
            REQUIRE(entry);
            version.stream(path, *entry, [&](ByteView bytes) { content.append(bytes); });
            CHECK(content == files.at(path).content);
        }
    }
    CHECK(broken.network->spoiled() > 3);
}
