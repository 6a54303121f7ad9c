// Content that the namespace has is found through samples, and nothing that a sample says is believed.
#include "registry/samples.hpp"
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

using namespace ds;
using namespace ds_test;

namespace {

constexpr std::size_t pack_bytes = 1u << 20;

/// Many small files and a large one, some 7 MB that do not compress.
Files dataset(std::uint64_t seed = 0) {
    Files files;
    for (int i = 0; i < 1500; ++i) {
        files[fmt::format("s/{:04}", i)] = {EntryKind::file, noise(2000, seed + i)};
    }
    files["large"] = {EntryKind::file, noise(4u << 20, seed + 100'000)};
    return files;
}

Files elsewhere(const Files& files) {
    Files moved;
    for (const auto& [path, file] : files) {
        moved["imported/" + path] = file;
    }
    return moved;
}

struct Sent {
    VersionRoots roots;
    std::uint64_t up = 0;
    std::uint64_t requests = 0;
    TransferStats stats;
};

/// Sends a dataset of its own: no bases.
struct Sender {
    Registry& registry;
    Local& local;
    std::function<bool(const PackRef&)> condemned = [](const PackRef&) { return false; };
    std::uint64_t sample_from = 512u << 10;
    std::string journal = {};

    Sent operator()(const Files& files) const {
        Quiet quiet;
        Sent out;
        const std::uint64_t up = registry.requests().bytes_up;
        const std::uint64_t requests = registry.requests().total();
        PushRequest request{registry, "ns", local.commit(files), local.get(), nullptr, nullptr, {},
                            journal,  {},   pack_bytes};
        request.condemned = condemned;
        request.sample_from = sample_from;
        out.roots = push_tree(request, quiet.context, out.stats);
        out.up = registry.requests().bytes_up - up;
        out.requests = registry.requests().total() - requests;
        return out;
    }
};

std::string check(Registry& registry, const Sent& sent, const std::string& path, const Files& files) {
    Local there(path);
    fetch(registry, sent.roots, *there);
    return compare(*there, sent.roots.tree, files);
}

std::vector<DataBucket::Version> versions(Registry& registry, const std::string& prefix) {
    std::vector<DataBucket::Version> out;
    registry.data().list_versions(prefix, [&](const DataBucket::Version& version) {
        out.push_back(version);
        return true;
    });
    return out;
}

} // namespace

TEST_CASE("importing again what the namespace has sends next to nothing") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    const Sender send{*registry, here};
    const Files files = dataset();
    const Sent first = send(files);
    REQUIRE(list_samples(*registry, "ns", 10).size() == 1);

    const Files moved = elsewhere(files);
    const Sent again = send(moved);
    MESSAGE(first.stats.chunks << " chunks, then " << again.stats.chunks << " in " << again.requests
                               << " requests");
    CHECK(again.stats.chunks * 100 <= first.stats.chunks);
    CHECK(again.requests < 40);
    CHECK(check(*registry, again, dir / "there", moved) == "");

    Files half = elsewhere(dataset(50'000'000));
    for (int i = 500; i < 1500; ++i) {
        half[fmt::format("part/{:04}", i)] = files.at(fmt::format("s/{:04}", i));
    }
    const Sent mixed = send(half);
    CHECK(mixed.stats.reused > 1'900'000);
    CHECK(check(*registry, mixed, dir / "half", half) == "");
}

TEST_CASE("new content asks little, small pushes ask nothing, and samples become few by themselves") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    const Sender send{*registry, here};
    for (std::uint64_t i = 0; i < 18; ++i) {
        (void)send(dataset(i * 1'000'000));
    }
    CHECK(list_samples(*registry, "ns", 100).size() == 18);
    const Sent fresh = send(dataset(77'000'000));
    CHECK(fresh.stats.reused == 0);
    MESSAGE(fresh.requests << " requests for new content");
    CHECK(fresh.requests < 22); // nine packs, one listing, and fewer samples than there were pushes
    const Files early = elsewhere(dataset(1'000'000)); // in a sample that was replaced
    const Sent old = send(early);
    CHECK(old.stats.chunks < 30);
    CHECK(check(*registry, old, dir / "old", early) == "");
    const Sent small = send({{"a", {EntryKind::file, noise(1000, 5)}}});
    CHECK(small.requests == 2);
}

TEST_CASE("lies in samples cost requests only") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    const Sender send{*registry, here};
    const Files files = dataset();
    const Sent first = send(files);
    const Files moved = elsewhere(files);
    const auto packs = versions(*registry, "ns/packs/");
    // Puts another sample in place of the one that is there.
    const auto replace = [&](const std::function<void(Sample&)>& change) {
        for (const StoredSample& stored : list_samples(*registry, "ns", 10)) {
            Sample sample = read_sample(*registry, "ns", stored);
            change(sample);
            registry->data().remove(sample_key("ns", stored.name), stored.version_id);
            (void)put_sample(*registry, "ns", sample);
        }
    };
    // A pack that says to hold all chunks, under its right name, but whose frames are something else.
    const auto forge = [&](const StoredSample& stored) {
        std::vector<FooterEntry> entries;
        std::vector<Sha256> hashes;
        ByteString bytes(pack_magic);
        for (const auto& [path, file] : files) {
            FrameBuilder frame(ObjectKind::chunk);
            hashes.push_back(sha256(ByteView(file.content).substr(0, 4096)));
            frame.add(hashes.back(), ByteString(std::min<std::size_t>(file.content.size(), 4096), 'x'));
            ByteString encoded;
            for (FooterEntry entry : frame.encode(0, encoded)) {
                entry.frame_offset = static_cast<std::uint32_t>(bytes.size());
                entries.push_back(entry);
            }
            bytes += encoded;
        }
        const auto footer = make_footer(entries);
        bytes += footer.bytes;
        const auto pack = registry->put_pack("ns", footer.name, MemoryBody(bytes));
        Sample sample;
        sample.add({pack, bytes.size(), static_cast<std::uint32_t>(entries.size())}, hashes);
        (void)put_sample(*registry, "ns", sample);
        registry->data().remove(sample_key("ns", stored.name), stored.version_id);
    };
    SUBCASE("the packs are gone") {
        for (const auto& pack : packs) {
            registry->data().remove(pack.key, pack.version_id);
        }
    }
    SUBCASE("the sizes are wrong") {
        replace([](Sample& sample) {
            for (SampledPack& pack : sample.packs) {
                pack.size += 48;
            }
        });
    }
    SUBCASE("the counts are wrong") {
        replace([](Sample& sample) {
            for (SampledPack& pack : sample.packs) {
                pack.objects -= 1;
            }
        });
    }
    SUBCASE("packs are swapped") {
        replace([](Sample& sample) {
            for (std::size_t i = 0; i + 1 < sample.packs.size(); i += 2) {
                std::swap(sample.packs[i].ref.name, sample.packs[i + 1].ref.name);
            }
        });
    }
    SUBCASE("the sample is no sample") {
        for (const auto& version : versions(*registry, "ns/samples/")) {
            registry->data().remove(version.key, version.version_id);
            (void)registry->data().put(version.key, MemoryBody("no sample"), std::nullopt);
        }
    }
    SUBCASE("a pack holds something else than its footer says") {
        forge(list_samples(*registry, "ns", 10).at(0));
    }
    const Sent again = send(moved);
    CHECK(again.stats.chunks == first.stats.chunks);
    CHECK(check(*registry, again, dir / "there", moved) == "");
}

TEST_CASE("condemned packs are not built upon, and are asked for before they are looked at") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Sender send{*registry, here};
    const Files files = dataset();
    const Sent first = send(files);
    const Files moved = elsewhere(files);
    SUBCASE("all of them") {
        std::uint64_t asked = 0;
        send.condemned = [&](const PackRef&) {
            ++asked;
            return true;
        };
        CHECK(send(moved).stats.chunks == first.stats.chunks);
        CHECK(asked > 0);
    }
    SUBCASE("one of them") {
        std::optional<PackRef> one;
        send.condemned = [&](const PackRef& pack) {
            one = one.value_or(pack);
            return pack == *one;
        };
        const Sent again = send(moved);
        CHECK(again.stats.chunks > first.stats.chunks / 20);
        CHECK(again.stats.chunks < first.stats.chunks / 3);
        REQUIRE(one);
        registry->data().remove(pack_key("ns", one->name), one->version_id);
        CHECK(check(*registry, again, dir / "there", moved) == "");
    }
    SUBCASE("when nobody can tell nothing is looked for") {
        send.condemned = {};
        CHECK(send(moved).stats.chunks == first.stats.chunks);
    }
}
