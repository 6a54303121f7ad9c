// Registries as a whole: descriptions, datasets, catalogs, checks.
#include "fakes.hpp"
#include "registry/deprecations.hpp"

#include "os/file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fmt/core.h>
#include <thread>

using namespace ds_test;
using ds::CheckLine;

namespace {

const ds::DatasetName cats("demo", "cats");

std::vector<std::string> bad_lines(const std::vector<CheckLine>& lines) {
    std::vector<std::string> result;
    for (const auto& line : lines) {
        if (line.status == CheckLine::Status::bad) {
            result.push_back(line.what);
            CHECK_FALSE(line.remedy.empty());
        }
    }
    return result;
}

const ds::CatalogEntry* find(const ds::Catalog& catalog, const std::string& version) {
    for (const auto& row : catalog.versions) {
        if (row.version == version) {
            return &row;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("registry: init writes a description once; other settings are a conflict") {
    const TestRegistry lab;
    const auto& description = lab->description();
    CHECK(description.id.size() == 32);
    CHECK(description.created > 0);
    ds::RegistryDescription wanted;
    wanted.retention_mode = "COMPLIANCE";
    CHECK(ds::Registry::init("other", lab.url(), wanted)->description().id == description.id);
    wanted.pack_days = 30;
    CHECK_THROWS_AS((void)ds::Registry::init("lab", lab.url(), wanted), ds::Error);
    CHECK(lab.connect()->description().pack_days == 365);
}

TEST_CASE("registry: racing inits agree on one description") {
    TempDir dir;
    std::vector<std::string> ids(8);
    std::vector<std::thread> threads;
    for (auto& id : ids) {
        threads.emplace_back([&] {
            ds::RegistryDescription wanted;
            wanted.retention_mode = "none";
            id = ds::Registry::init("lab", dir / "r", wanted)->description().id;
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(std::all_of(ids.begin(), ids.end(), [&](const auto& id) { return id == ids[0]; }));
}

TEST_CASE("registry: a missing or damaged description is named") {
    TempDir dir;
    const auto kind_of = [&] {
        try {
            (void)ds::Registry::open("lab", dir / "r");
        } catch (const ds::Error& e) {
            return e.kind();
        }
        return ds::ErrorKind::usage;
    };
    CHECK(kind_of() == ds::ErrorKind::not_found);
    auto buckets = ds::create_buckets(dir / "r");
    CHECK(kind_of() == ds::ErrorKind::not_found);
    CHECK(buckets.control->put_if_absent("registry.json", "{\"schema\":\"dsctl.registry/1\"}") ==
          ds::ControlBucket::Put::done);
    CHECK(kind_of() == ds::ErrorKind::corrupt);
}

TEST_CASE("registry: two registries and several namespaces stay apart") {
    const TestRegistry lab;
    const TestRegistry home;
    const ds::DatasetName theirs("team-b", "cats");
    CHECK(lab->create_dataset(cats, "of the house", 5));
    CHECK_FALSE(lab->create_dataset(cats, "again", 6));
    CHECK(lab->create_dataset(theirs, "", 5));
    CHECK(lab->create_dataset(ds::DatasetName("demo", "cats.2"), "", 5));
    CHECK(home->create_dataset(ds::DatasetName("demo", "dogs"), "", 5));
    CHECK(lab->datasets() == std::vector<ds::DatasetName>{cats, ds::DatasetName("demo", "cats.2"), theirs});
    CHECK(home->datasets() == std::vector<ds::DatasetName>{ds::DatasetName("demo", "dogs")});
    CHECK(lab->catalog(cats)->description == "of the house");
    CHECK_FALSE(home->catalog(cats).has_value());

    (void)lab->update_head(lab->ensure_head(cats, ds::VersionName("v1")), to_commit(1), 1);
    CHECK_FALSE(lab->head(theirs, "v1").has_value());
    CHECK(lab->heads(theirs).empty());
    const auto lock = lab->record_lock(ds::unix_now());
    const auto ours = lab->claim_record(cats, "v1", make_record(*lab, cats, "v1", 1).text(), lock);
    CHECK_FALSE(lab->record(theirs, "v1").has_value());
    CHECK_FALSE(home->record(cats, "v1").has_value());
    // A record carried over by hand is not one of this registry's.
    (void)home->data().put(ds::record_key(cats, "v1"), ds::MemoryBody(ours.text), lock);
    CHECK_THROWS_AS((void)home->record(cats, "v1"), ds::CorruptObject);
}

TEST_CASE("registry: keys that are no dataset are passed over") {
    const TestRegistry lab;
    for (const char* key : {"catalog", "x/catalog", "a/b/c/catalog", "UPPER/x/catalog", ".check/x/catalog"}) {
        CHECK(lab->control().put_if_absent(key, "x") == ds::ControlBucket::Put::done);
    }
    CHECK(lab->datasets().empty());
}

TEST_CASE("catalog: racing changes are all kept") {
    const TestRegistry lab;
    lab->create_dataset(cats, "", 1);
    constexpr int threads_count = 8;
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_count; ++i) {
        threads.emplace_back([&, i] {
            CHECK(lab.connect()->update_catalog(cats, [i](ds::Catalog& catalog) {
                ds::CatalogEntry row;
                row.version = "v" + std::to_string(i);
                catalog.versions.push_back(row);
            }));
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(lab->catalog(cats)->versions.size() == threads_count);
}

TEST_CASE("catalog: a change whose outcome is not known is not made twice") {
    const TestRegistry lab;
    lab->create_dataset(cats, "", 1);
    FaultyControl* control = nullptr;
    const auto client = lab.connect_faulty(control);
    int faults = 1;
    control->fault = [&](const auto&) {
        return faults-- > 0 ? FaultyControl::Fault::reply_lost : FaultyControl::Fault::none;
    };
    CHECK(client->update_catalog(cats, [](ds::Catalog& catalog) { catalog.description += "!"; }));
    CHECK(lab->catalog(cats)->description == "!");
    control->fault = [](const auto&) { return FaultyControl::Fault::lost; };
    CHECK_FALSE(client->update_catalog(cats, [](ds::Catalog& catalog) { catalog.description += "?"; }));
}

TEST_CASE("catalog: rebuilt from heads and records, what they do not know is kept") {
    const TestRegistry lab;
    lab->create_dataset(cats, "of the house", 5);
    const auto lock = lab->record_lock(ds::unix_now());
    (void)lab->update_head(lab->ensure_head(cats, ds::VersionName("v1")), to_commit(1), 1);
    (void)lab->update_head(lab->ensure_head(cats, ds::VersionName("v2")), to_commit(2), 2);
    (void)lab->ensure_head(cats, ds::VersionName("new"));
    (void)lab->update_head(
        lab->ensure_head(cats, ds::VersionName("gone")),
        [](ds::Head& head) { head.state = ds::HeadState::dropped; }, 3);
    (void)lab->claim_record(cats, "v1", make_record(*lab, cats, "v1", 3).text(), lock);
    ds::set_deprecation(*lab, cats, "v1", "blurred", "ada", 7);
    CHECK(lab->update_catalog(cats, [](ds::Catalog& catalog) { // only a mirror
        ds::CatalogEntry row;
        row.version = "v2";
        row.from = "v0";
        row.deprecated = "not so";
        catalog.versions = {row};
    }));
    const auto rebuilt = lab->rebuild_catalog(cats);
    CHECK(lab->catalog(cats)->text() == rebuilt.text());
    CHECK(rebuilt.description == "of the house");
    CHECK(rebuilt.versions.size() == 3);
    REQUIRE(find(rebuilt, "v1") != nullptr);
    CHECK(find(rebuilt, "v1")->state == ds::HeadState::published);
    CHECK(find(rebuilt, "v1")->sequence == 1);
    CHECK(find(rebuilt, "v1")->bytes == 3);
    CHECK(find(rebuilt, "v1")->deprecated == "blurred");
    CHECK(find(rebuilt, "v2")->state == ds::HeadState::draft);
    CHECK(find(rebuilt, "v2")->from == "v0");
    CHECK(find(rebuilt, "v2")->deprecated.empty());
    CHECK(find(rebuilt, "new")->state == ds::HeadState::empty);
    // A damaged one is replaced as soon as it is read.
    const auto damaged = lab->control().get(ds::catalog_key(cats)).value();
    CHECK(lab->control().put_if_match(ds::catalog_key(cats), "{\"x\":", damaged.etag) ==
          ds::ControlBucket::Put::done);
    CHECK(lab->catalog(cats)->versions.size() == 3);
    CHECK(ds::Catalog::parse(lab->control().get(ds::catalog_key(cats))->body, "it").versions.size() == 3);
}

TEST_CASE("check: a sound registry passes, and says that its locks are weak") {
    const TestRegistry lab;
    const auto lines = ds::check_registry(*lab);
    CHECK(bad_lines(lines).empty());
    CHECK(std::count_if(lines.begin(), lines.end(),
                        [](const auto& line) { return line.status == CheckLine::Status::weak; }) == 1);
    CHECK(lines.size() > 12);
    CHECK(lab->datasets().empty());
    CHECK(bad_lines(ds::check_registry(*lab)).empty()); // and again
}

namespace {

/// Lists keys that are not there.
class ListedControl final : public ds::ControlBucket {
  public:
    std::vector<std::string> keys; ///< in order
    std::optional<Object> get(const std::string&) override { return std::nullopt; }
    Put put_if_absent(const std::string&, ds::ByteView) override { return Put::refused; }
    Put put_if_match(const std::string&, ds::ByteView, const std::string&) override { return Put::refused; }
    void list(const std::string&, const std::function<bool(const std::string&)>& visit) override {
        (void)std::all_of(keys.begin(), keys.end(), visit);
    }
};

/// Lets a reader read, and grants nothing else.
class ReadersControl final : public ds::ControlBucket {
  public:
    explicit ReadersControl(std::unique_ptr<ds::ControlBucket> inner) : inner_(std::move(inner)) {}
    std::optional<Object> get(const std::string& key) override { return inner_->get(key); }
    Put put_if_absent(const std::string&, ds::ByteView) override { throw ds::NotGranted("not for readers"); }
    Put put_if_match(const std::string&, ds::ByteView, const std::string&) override {
        throw ds::NotGranted("not for readers");
    }
    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        if (prefix.empty()) {
            throw ds::NotGranted("not the whole");
        }
        inner_->list(prefix, visit);
    }

  private:
    std::unique_ptr<ds::ControlBucket> inner_;
};

} // namespace

TEST_CASE("records of uses cost a listing of datasets no more than a page") {
    const TestRegistry lab;
    auto control = std::make_unique<ListedControl>();
    control->keys.emplace_back("demo/cats/catalog");
    for (int i = 0; i < 9000; ++i) {
        control->keys.push_back(fmt::format("demo/cats/uses/v1/{:05}.json", i));
    }
    control->keys.emplace_back("demo/cats0/catalog"); // the first that may follow
    auto buckets = ds::open_buckets(lab.url());
    buckets.control = std::move(control);
    ds::Registry registry("lab", lab.url(), std::move(buckets));
    CHECK(registry.datasets() == std::vector<ds::DatasetName>{cats, ds::DatasetName("demo", "cats0")});
    CHECK(registry.requests().list.load() <= 3);
}

TEST_CASE("check: what keys may not try is no judgement, and the rest is judged") {
    const TestRegistry lab;
    auto buckets = ds::open_buckets(lab.url());
    buckets.control = std::make_unique<ReadersControl>(std::move(buckets.control));
    ds::Registry registry("lab", lab.url(), std::move(buckets));
    const auto lines = ds::check_registry(registry, {"demo"});
    CHECK(bad_lines(lines).empty());
    const auto status_of = [&](const std::string& what) {
        const auto line =
            std::find_if(lines.begin(), lines.end(), [&](const auto& each) { return each.what == what; });
        REQUIRE(line != lines.end());
        CHECK(line->remedy.empty() == (line->status == CheckLine::Status::ok));
        return line->status;
    };
    CHECK(status_of("the description is readable") == CheckLine::Status::ok);
    CHECK(status_of("datasets can be listed") == CheckLine::Status::denied);
    CHECK(status_of("datasets of namespace demo can be listed") == CheckLine::Status::ok);
    CHECK(status_of("an object is created if it is absent") == CheckLine::Status::denied);
    CHECK(status_of("a change with a stale etag is refused") == CheckLine::Status::denied);
    CHECK(status_of("a second put adds a version and replaces nothing") == CheckLine::Status::ok);
}

TEST_CASE("check: a registry without retention is said to publish nothing") {
    const TestRegistry lab("none");
    const auto lines = ds::check_registry(*lab);
    CHECK(bad_lines(lines).empty());
    CHECK(lines.back().status == CheckLine::Status::weak);
    CHECK_THROWS_AS((void)lab->record_lock(1), ds::Error);
}

TEST_CASE("check: a bucket that ignores conditions is found out") {
    struct Careless final : ds::ControlBucket {
        std::unique_ptr<ds::ControlBucket> inner;
        std::optional<Object> get(const std::string& key) override { return inner->get(key); }
        Put put_if_absent(const std::string& key, ds::ByteView body) override {
            const auto now = inner->get(key);
            return now ? inner->put_if_match(key, body, now->etag) : inner->put_if_absent(key, body);
        }
        Put put_if_match(const std::string& key, ds::ByteView body, const std::string&) override {
            return put_if_absent(key, body);
        }
        void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
            inner->list(prefix, visit);
        }
    };
    const TestRegistry lab;
    auto buckets = ds::open_buckets(lab.url());
    auto careless = std::make_unique<Careless>();
    careless->inner = std::move(buckets.control);
    buckets.control = std::move(careless);
    ds::Registry registry("lab", lab.url(), std::move(buckets));
    const auto bad = bad_lines(ds::check_registry(registry));
    CHECK(std::find(bad.begin(), bad.end(), "an object that is there is not created again") != bad.end());
    CHECK(std::find(bad.begin(), bad.end(), "a change with a stale etag is refused") != bad.end());
}

TEST_CASE("deprecation: set, replaced, withdrawn, whatever the replies") {
    const TestRegistry lab;
    FaultyControl* control = nullptr;
    const auto client = lab.connect_faulty(control);
    using Fault = FaultyControl::Fault;
    for (const auto kind : {Fault::none, Fault::lost, Fault::reply_lost, Fault::refused_wrongly}) {
        int faults = 1;
        control->fault = [&](const auto&) { return faults-- > 0 ? kind : Fault::none; };
        ds::set_deprecation(*client, cats, "v1", "blurred", "ada", 7);
        CHECK(ds::deprecation(*lab, cats, "v1") == "blurred");
        faults = 1;
        ds::set_deprecation(*client, cats, "v1", "", "bo", 8);
        CHECK_FALSE(ds::deprecation(*lab, cats, "v1").has_value());
        CHECK(ds::deprecations(*lab, cats).empty());
    }
    control->fault = [](const auto&) { return Fault::lost; };
    CHECK_THROWS_AS(ds::set_deprecation(*client, cats, "v2", "x", "ada", 7), ds::Error);
    CHECK(lab->control().put_if_absent(ds::deprecation_key(cats, "v3"), "{}") ==
          ds::ControlBucket::Put::done);
    CHECK_THROWS_AS((void)ds::deprecation(*lab, cats, "v3"), ds::CorruptObject);
    ds::set_deprecation(*lab, cats, "v3", "better", "ada", 9);
    CHECK(ds::deprecations(*lab, cats).at("v3") == "better");
}
