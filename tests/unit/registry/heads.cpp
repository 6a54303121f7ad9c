// Heads: compare-and-swap, what is ambiguous, races, names that differ in case.
#include "fakes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using namespace ds_test;
using ds::HeadState;
using Fault = FaultyControl::Fault;
using Outcome = ds::HeadUpdate::Outcome;

namespace {
const ds::DatasetName cats("demo", "cats");
const ds::VersionName v1("v1");
} // namespace

TEST_CASE("head: born empty, filled by an update, found by others") {
    const TestRegistry lab;
    CHECK_FALSE(lab->head(cats, "v1").has_value());
    const auto born = lab->ensure_head(cats, v1);
    CHECK(born.head.state == HeadState::empty);
    CHECK(born.head.sequence == 0);
    CHECK(lab->ensure_head(cats, v1).etag == born.etag);
    const auto update = lab->update_head(born, to_commit(7), 4242);
    REQUIRE(update.outcome == Outcome::done);
    const auto seen = lab.connect()->head(cats, "v1").value();
    CHECK(seen.etag == update.current.etag);
    CHECK(seen.head.commit == commit_of(7));
    CHECK(seen.head.sequence == 1);
    CHECK(seen.head.time == 4242);
    CHECK(seen.head.write_id != born.head.write_id);
    CHECK(seen.head.recent == std::vector<std::string>{born.head.write_id});
}

TEST_CASE("head: a stale update is a conflict that shows theirs") {
    const TestRegistry lab;
    const auto born = lab->ensure_head(cats, v1);
    CHECK(lab.connect()->update_head(born, to_commit(1), 1).outcome == Outcome::done);
    const auto late = lab->update_head(born, to_commit(2), 2);
    CHECK(late.outcome == Outcome::conflict);
    CHECK(late.current.head.commit == commit_of(1));
    CHECK(lab->head(cats, "v1")->head.sequence == 1);
    // Nothing of ours is missing when somebody else took the very same step.
    CHECK(lab->update_head(born, to_commit(1), 3).outcome == Outcome::done);
    CHECK(lab->head(cats, "v1")->head.sequence == 1);
}

TEST_CASE("head: the ring of write ids stays bounded") {
    const TestRegistry lab;
    auto head = lab->ensure_head(cats, v1);
    std::vector<std::string> ids{head.head.write_id};
    for (unsigned i = 1; i <= 20; ++i) {
        head = lab->update_head(head, to_commit(i), i).current;
        ids.insert(ids.begin(), head.head.write_id);
    }
    CHECK(head.head.sequence == 20);
    CHECK(head.head.recent == std::vector<std::string>(ids.begin() + 1, ids.begin() + 17));
}

TEST_CASE("head: only a head that is being published keeps a pin; a published one stays so") {
    const TestRegistry lab;
    auto head = lab->update_head(lab->ensure_head(cats, v1), to_commit(1), 1).current;
    head = lab->update_head(
                  head,
                  [](ds::Head& next) {
                      next.state = HeadState::publishing;
                      next.pinned_record = "pin";
                  },
                  2)
               .current;
    CHECK(head.head.pinned_record == "pin");
    const auto undone = lab->update_head(head, to_commit(2), 3).current;
    CHECK_FALSE(undone.head.pinned_record.has_value());
    const auto done = lab->update_head(
                             undone, [](ds::Head& next) { next.state = HeadState::published; }, 4)
                          .current;
    const auto back = lab->update_head(done, to_commit(3), 5);
    CHECK(back.outcome == Outcome::conflict);
    CHECK(back.current.head.state == HeadState::published);
}

TEST_CASE("promise 5: an unknown outcome is read before it is judged") {
    const TestRegistry lab;
    FaultyControl* control = nullptr;
    const auto client = lab.connect_faulty(control);
    const auto born = client->ensure_head(cats, v1);
    int faults = 1;

    SUBCASE("it never took effect: the same bytes are sent again") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::lost : Fault::none; };
        const auto update = client->update_head(born, to_commit(1), 1);
        CHECK(update.outcome == Outcome::done);
        CHECK(update.current.head.sequence == 1);
    }
    SUBCASE("it did take effect: once, not twice") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::reply_lost : Fault::none; };
        const auto update = client->update_head(born, to_commit(1), 1);
        CHECK(update.outcome == Outcome::done);
        CHECK(update.current.etag == lab->head(cats, "v1")->etag);
        CHECK(lab->head(cats, "v1")->head.sequence == 1);
    }
    SUBCASE("it took effect, but a retry below was refused by it") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::refused_wrongly : Fault::none; };
        CHECK(client->update_head(born, to_commit(1), 1).outcome == Outcome::done);
        CHECK(lab->head(cats, "v1")->head.sequence == 1);
    }
    SUBCASE("it took effect and others went on: done, and the next update upon it is a conflict") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::reply_lost : Fault::none; };
        control->after_fault = [&] { (void)lab->update_head(*lab->head(cats, "v1"), to_commit(2), 2); };
        const auto update = client->update_head(born, to_commit(1), 1);
        CHECK(update.outcome == Outcome::done);
        CHECK(update.current.head.commit == commit_of(1));
        const auto next = client->update_head(update.current, to_commit(3), 3);
        CHECK(next.outcome == Outcome::conflict);
        CHECK(lab->head(cats, "v1")->head.commit == commit_of(2));
    }
    SUBCASE("it was done, and so many went on that it left the ring: done") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::overtaken : Fault::none; };
        control->after_fault = [&] {
            for (unsigned n = 2; n < 2 + 2 * ds::head_ring_size; ++n) {
                (void)lab->update_head(*lab->head(cats, "v1"), to_commit(n), 2);
            }
        };
        const auto update = client->update_head(born, to_commit(1), 1);
        CHECK(update.outcome == Outcome::done);
        CHECK(update.current.etag.empty());
    }
    SUBCASE("it did not, and somebody else came first: conflict, and the late put changes nothing") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::delayed : Fault::none; };
        control->after_fault = [&] { (void)lab->update_head(*lab->head(cats, "v1"), to_commit(2), 2); };
        CHECK(client->update_head(born, to_commit(1), 1).outcome == Outcome::conflict);
        CHECK(control->land() == std::vector{ds::ControlBucket::Put::refused});
        CHECK(lab->head(cats, "v1")->head.commit == commit_of(2));
    }
    SUBCASE("it lands after the retry: it finds the same bytes there and is refused") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::delayed : Fault::none; };
        CHECK(client->update_head(born, to_commit(1), 1).outcome == Outcome::done);
        CHECK(control->land() == std::vector{ds::ControlBucket::Put::refused});
        CHECK(lab->head(cats, "v1")->head.sequence == 1);
    }
    SUBCASE("it cannot be resolved: unknown is said, never failure, and it may land later") {
        control->fault = [](const auto&) { return Fault::delayed; };
        try {
            (void)client->update_head(born, to_commit(1), 1);
            FAIL("no error");
        } catch (const ds::Error& e) {
            CHECK(e.kind() == ds::ErrorKind::unknown);
            CHECK(e.message().find("the outcome of changing the head of demo/cats:v1") == 0);
        }
        control->fault = {};
        const auto outcomes = control->land();
        CHECK(std::count(outcomes.begin(), outcomes.end(), ds::ControlBucket::Put::done) == 1);
        // Running it again looks first.
        const auto now = client->head(cats, "v1").value();
        CHECK(now.head.commit == commit_of(1));
    }
    SUBCASE("too much happened since: unknown rather than guessed") {
        control->fault = [&](const auto&) { return faults-- > 0 ? Fault::reply_lost : Fault::none; };
        control->after_fault = [&] {
            for (unsigned i = 2; i < 30; ++i) {
                (void)lab->update_head(*lab->head(cats, "v1"), to_commit(i), i);
            }
        };
        CHECK_THROWS_AS((void)client->update_head(born, to_commit(1), 1), ds::Error);
    }
}

TEST_CASE("promise 5: of racing updates exactly one wins each step") {
    const TestRegistry lab;
    constexpr unsigned threads_count = 32;
    constexpr unsigned steps = 3;
    struct Step {
        std::uint64_t sequence;
        std::string write_id;
        std::string commit;
    };
    std::mutex mutex;
    std::vector<Step> won;
    (void)lab->ensure_head(cats, v1);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < threads_count; ++t) {
        threads.emplace_back([&, t] {
            const auto client = lab.connect();
            auto head = client->head(cats, "v1").value();
            for (unsigned done = 0; done < steps;) {
                const unsigned mine = t * 1000 + done;
                const auto update = client->update_head(head, to_commit(mine), 1);
                if (update.outcome == Outcome::done) {
                    const std::lock_guard guard(mutex);
                    won.push_back({head.head.sequence + 1, update.current.head.write_id, commit_of(mine)});
                    ++done;
                }
                head = update.current;
                if (head.etag.empty()) { // overtaken already
                    head = client->head(cats, "v1").value();
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const auto last = lab->head(cats, "v1").value().head;
    CHECK(last.sequence == threads_count * steps);
    REQUIRE(won.size() == threads_count * steps);
    std::sort(won.begin(), won.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    for (std::size_t i = 0; i < won.size(); ++i) {
        CHECK(won[i].sequence == i + 1); // one winner a step, no step without one
    }
    CHECK(last.write_id == won.back().write_id);
    CHECK(last.commit == won.back().commit);
    for (std::size_t i = 0; i < ds::head_ring_size; ++i) { // and the ring is that history
        CHECK(last.recent.at(i) == won[won.size() - 2 - i].write_id);
    }
}

TEST_CASE("head: names that differ in case only cannot both exist") {
    const TestRegistry lab;
    (void)lab->ensure_head(cats, ds::VersionName("Beta"));
    CHECK_THROWS_AS((void)lab->ensure_head(cats, ds::VersionName("beta")), ds::Error);
    CHECK_FALSE(lab->head(cats, "beta").has_value());
    (void)lab->ensure_head(cats, ds::VersionName("Beta"));                            // its own name is fine
    (void)lab->ensure_head(ds::DatasetName("demo", "dogs"), ds::VersionName("beta")); // so is another dataset
    // A dropped name is free again.
    (void)lab->update_head(
        *lab->head(cats, "Beta"), [](ds::Head& head) { head.state = HeadState::dropped; }, 1);
    CHECK(lab->ensure_head(cats, ds::VersionName("beta")).head.state == HeadState::empty);
    CHECK_THROWS_AS((void)lab->ensure_head(cats, ds::VersionName("Beta")), ds::Error);
}

TEST_CASE("head: of racing names that differ in case at most one remains") {
    const TestRegistry lab;
    const std::vector<std::string> spellings{"rc", "RC", "Rc", "rC"};
    std::atomic<int> winners = 0;
    std::vector<std::thread> threads;
    for (const auto& name : spellings) {
        threads.emplace_back([&, name] {
            try {
                (void)lab.connect()->ensure_head(cats, ds::VersionName(name));
                ++winners;
            } catch (const ds::Error& e) {
                CHECK(e.kind() == ds::ErrorKind::conflict);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(winners <= 1);
    const auto heads = lab->heads(cats);
    CHECK(std::count_if(heads.begin(), heads.end(), [](const auto& stored) {
              return stored.head.state != HeadState::dropped;
          }) == winners);
}

TEST_CASE("head: a document that lies about its name or is damaged is an error") {
    const TestRegistry lab;
    const auto good = lab->update_head(lab->ensure_head(cats, v1), to_commit(1), 1).current.head.text();
    for (const auto& [version, body] :
         std::vector<std::pair<std::string, std::string>>{{"other", good},
                                                          {"cut", good.substr(0, good.size() / 2)},
                                                          {"none", ""},
                                                          {"large", std::string(70'000, ' ')}}) {
        CAPTURE(version);
        CHECK(lab->control().put_if_absent(ds::head_key(cats, version), body) ==
              ds::ControlBucket::Put::done);
        CHECK_THROWS_AS((void)lab->head(cats, version), ds::CorruptObject);
    }
}
