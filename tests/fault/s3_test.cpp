// Buckets on a real RGW, reached through a proxy that spoils a third of the exchanges, by a seed. What is told of each write
// is held against what a clean reader then sees; what is read is right or an error; everything ends.
#include "fault/rgw_support.hpp"
#include "registry/bucket.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>
#include <thread>

using namespace ds;
using namespace ds::test;

namespace {

using Put = ControlBucket::Put;
using Clock = std::chrono::steady_clock;

/// What may happen to any request. Not the drops of 1 B/s, which take a minute to be noticed (rgw_test has them), and no
/// wrong bytes: those of a data bucket are told by hashes above it.
std::vector<Fault> common_faults() {
    std::vector<Fault> faults = all_faults();
    const std::set<Fault> left_out = {Fault::none, Fault::trickle, Fault::wrong_bytes, Fault::repeated_page};
    faults.erase(
        std::remove_if(faults.begin(), faults.end(), [&](Fault f) { return left_out.count(f) != 0; }),
        faults.end());
    return faults;
}

/// Two new buckets, a clean way to them and one through the proxy.
struct World {
    std::string name = "faults-" + random_hex(6);
    FaultProxy proxy{plain_rgw().port, [](const ProxiedRequest&) { return FaultProxy::Choice{}; }};
    BucketSettings settings;
    Buckets clean;
    Buckets spoiled;

    World() {
        setenv("AWS_ACCESS_KEY_ID", cluster_variable("CEPH_OWNER_ACCESS_KEY").c_str(), 1);
        setenv("AWS_SECRET_ACCESS_KEY", cluster_variable("CEPH_OWNER_SECRET_KEY").c_str(), 1);
        settings.jobs = 4;
        clean = create_buckets(plain_rgw().url() + "/" + name, settings);
        spoiled = open_buckets(proxy.endpoint().url() + "/" + name, settings);
    }
    void spoil(std::uint64_t seed, const std::vector<Fault>& more = {}) {
        std::vector<Fault> faults = common_faults();
        faults.insert(faults.end(), more.begin(), more.end());
        proxy.set_rule(seeded_rule(seed, 333, std::move(faults)));
    }
};

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

/// Adds one word to the object by compare-and-swap, and says what it was told.
Put append(ControlBucket& bucket, const std::string& word) {
    for (;;) {
        try {
            const auto now = bucket.get("history");
            return now ? bucket.put_if_match("history", now->body + ' ' + word, now->etag)
                       : bucket.put_if_absent("history", word);
        } catch (const Error& error) {
            CHECK((error.kind() == ErrorKind::retry || error.kind() == ErrorKind::failure ||
                   error.kind() == ErrorKind::corrupt));
        }
    }
}

} // namespace

TEST_CASE("racing compare-and-swap: done is done, refused is not, and nothing is lost or doubled") {
    World world;
    std::map<Put, int> count;
    for (const std::uint64_t seed : {1, 2, 3}) {
        CAPTURE(seed);
        world.spoil(seed, {Fault::wrong_bytes});
        std::mutex mutex;
        std::map<std::string, Put> told;
        std::vector<std::thread> writers;
        for (int w = 0; w < 4; ++w) {
            writers.emplace_back([&, w] {
                for (int i = 0; i < 12; ++i) {
                    const std::string word =
                        std::to_string(seed) + '-' + std::to_string(w) + '-' + std::to_string(i);
                    const Put outcome = append(*world.spoiled.control, word);
                    std::lock_guard lock(mutex);
                    told[word] = outcome;
                }
            });
        }
        for (auto& writer : writers) {
            writer.join();
        }
        const auto words = words_of(world.clean.control->get("history").value().body);
        const std::set<std::string> history(words.begin(), words.end());
        CHECK(history.size() == words.size());
        for (const auto& [word, outcome] : told) {
            CAPTURE(word);
            ++count[outcome];
            CHECK((outcome != Put::done || history.count(word) == 1));
            CHECK((outcome != Put::refused || history.count(word) == 0));
        }
    }
    CHECK(count[Put::done] > 0);
    CHECK(count[Put::refused] > 0);
    CHECK(count[Put::unknown] > 0); // the proxy does lose replies
}

TEST_CASE("objects and their versions: what was written is there, what is read is right") {
    World world;
    const auto until = Clock::now() + std::chrono::seconds(90);
    unsigned written = 0;
    unsigned read = 0;
    for (std::uint64_t seed = 10; seed < 40 && Clock::now() < until; ++seed) {
        CAPTURE(seed);
        world.spoil(seed);
        std::string content(1000 * seed, '\0');
        for (std::size_t i = 0; i < content.size(); ++i) {
            content[i] = static_cast<char>(i * seed >> 3);
        }
        const std::string key = "ns/" + std::to_string(seed);
        std::optional<std::string> id;
        try {
            id = world.spoiled.data->put(key, MemoryBody(content), {});
            ++written;
        } catch (const Error& error) {
            CHECK((error.kind() == ErrorKind::unknown || error.kind() == ErrorKind::retry));
            continue;
        }
        std::string out;
        world.clean.data->get(key, *id, 0, content.size(), out);
        CHECK(out == content);
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{500}, content.size() - 1}) {
            std::string part = "kept:";
            try {
                world.spoiled.data->get(key, *id, offset, content.size() - offset, part);
                CHECK(part == "kept:" + content.substr(offset));
                ++read;
            } catch (const Error&) {
                CHECK(part == "kept:");
            }
        }
        try {
            const auto seen = world.spoiled.data->versions(key); // a put repeated after a lost reply adds one
            CHECK(std::any_of(seen.begin(), seen.end(), [&](const auto& v) { return v.version_id == *id; }));
            CHECK(seen.size() == world.clean.data->versions(key).size());
            world.spoiled.data->remove(key, *id);
            CHECK(!world.clean.data->size(key, *id));
        } catch (const Error& error) {
            const std::set<ErrorKind> fitting = {ErrorKind::unknown, ErrorKind::retry, ErrorKind::failure,
                                                 ErrorKind::corrupt}; // the last: XML that was cut short
            CHECK(fitting.count(error.kind()) == 1);
        }
    }
    CHECK(written > 20);
    CHECK(read > 60);
}

TEST_CASE("listings that repeat a page for ever are errors, and soon") {
    World world;
    for (int i = 0; i < 5; ++i) {
        CHECK(world.clean.control->put_if_absent("k" + std::to_string(i), "x") == Put::done);
        static_cast<void>(world.clean.data->put("k" + std::to_string(i), MemoryBody("x"), {}));
    }
    world.proxy.set_rule([](const ProxiedRequest&) { return FaultProxy::Choice{Fault::repeated_page, 0}; });
    const auto start = Clock::now();
    int visited = 0;
    CHECK_THROWS_AS(world.spoiled.control->list("k",
                                                [&](const std::string&) {
                                                    ++visited;
                                                    return true;
                                                }),
                    CorruptObject);
    CHECK_THROWS_AS(world.spoiled.data->list_versions("k",
                                                      [&](const DataBucket::Version&) {
                                                          ++visited;
                                                          return true;
                                                      }),
                    CorruptObject);
    CHECK(visited <= 10);
    CHECK(Clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a server that only fails ends every operation soon, in an error that says so") {
    World world;
    CHECK(world.clean.control->put_if_absent("k", "x") == Put::done);
    for (const Fault fault : {Fault::status_503, Fault::drop_request, Fault::endless_body}) {
        CAPTURE(name_of(fault));
        world.proxy.set_rule([fault](const ProxiedRequest&) { return FaultProxy::Choice{fault, 0}; });
        const Buckets fresh = open_buckets(world.proxy.endpoint().url() + "/" + world.name, world.settings);
        const auto start = Clock::now();
        CHECK_THROWS_AS(static_cast<void>(fresh.control->get("k")), Error);
        CHECK_THROWS_AS(static_cast<void>(fresh.data->versions("k")), Error);
        CHECK(Clock::now() - start < std::chrono::seconds(20));
    }
}
