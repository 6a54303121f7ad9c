// Buckets that misbehave on purpose, and registries in temporary folders.
#pragma once

#include "registry/buckets/folder.hpp"
#include "registry/registry.hpp"
#include "unit/support.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds_test {

/// Passes everything on; `fault` decides about each conditional put of a key.
class FaultyControl final : public ds::ControlBucket {
  public:
    enum class Fault {
        none,
        lost,            ///< unknown, and it never takes effect
        reply_lost,      ///< unknown, but it took effect
        delayed,         ///< unknown, and it takes effect when land() is called
        overtaken,       ///< done, and after_fault runs before anybody reads
        refused_wrongly, ///< refused although it took effect (a retry below met its own first try)
    };
    explicit FaultyControl(std::unique_ptr<ds::ControlBucket> inner) : inner_(std::move(inner)) {}

    std::function<Fault(const std::string& key)> fault;
    /// Called after each put that was given a fault, e.g. to let others act.
    std::function<void()> after_fault;

    /// Carries out what was delayed; says how each ended.
    std::vector<Put> land() {
        std::vector<Put> outcomes;
        for (const auto& late : std::exchange(delayed_, {})) {
            outcomes.push_back(late());
        }
        return outcomes;
    }

    std::optional<Object> get(const std::string& key) override { return inner_->get(key); }
    Put put_if_absent(const std::string& key, ds::ByteView body) override {
        return decide(key,
                      [this, key, text = std::string(body)] { return inner_->put_if_absent(key, text); });
    }
    Put put_if_match(const std::string& key, ds::ByteView body, const std::string& etag) override {
        return decide(key, [this, key, text = std::string(body), etag] {
            return inner_->put_if_match(key, text, etag);
        });
    }
    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        inner_->list(prefix, visit);
    }

  private:
    Put decide(const std::string& key, std::function<Put()> put) {
        const auto kind = fault ? fault(key) : Fault::none;
        if (kind == Fault::none) {
            return put();
        }
        if (kind == Fault::delayed) {
            delayed_.push_back(std::move(put));
        } else if (kind != Fault::lost) {
            (void)put();
        }
        if (after_fault) {
            after_fault();
        }
        if (kind == Fault::overtaken) {
            return Put::done;
        }
        return kind == Fault::refused_wrongly ? Put::refused : Put::unknown;
    }

    std::unique_ptr<ds::ControlBucket> inner_;
    std::vector<std::function<Put()>> delayed_;
};

/// A registry in a folder that goes away, whatever is locked in it.
class TestRegistry {
  public:
    explicit TestRegistry(const std::string& mode = "COMPLIANCE") {
        ds::RegistryDescription wanted;
        wanted.retention_mode = mode;
        registry_ = ds::Registry::init("lab", url(), wanted);
    }
    ~TestRegistry() { ds::unlock_folder_registry(url()); }
    TestRegistry(const TestRegistry&) = delete;
    TestRegistry& operator=(const TestRegistry&) = delete;

    [[nodiscard]] std::string url() const { return dir_ / "registry"; }
    [[nodiscard]] ds::Registry& operator*() const { return *registry_; }
    [[nodiscard]] ds::Registry* operator->() const { return registry_.get(); }
    /// Another client of the same registry.
    [[nodiscard]] std::unique_ptr<ds::Registry> connect() const { return ds::Registry::open("lab", url()); }
    /// A client whose control bucket is wrapped.
    [[nodiscard]] std::unique_ptr<ds::Registry> connect_faulty(FaultyControl*& control) const {
        auto buckets = ds::open_buckets(url());
        auto wrapped = std::make_unique<FaultyControl>(std::move(buckets.control));
        control = wrapped.get();
        buckets.control = std::move(wrapped);
        return std::make_unique<ds::Registry>("lab", url(), std::move(buckets));
    }

  private:
    TempDir dir_;
    std::unique_ptr<ds::Registry> registry_;
};

inline std::string commit_of(unsigned n) {
    auto digits = std::to_string(n);
    return std::string(40 - digits.size(), '0') + digits;
}

/// Makes a head a draft at a commit.
inline std::function<void(ds::Head&)> to_commit(unsigned n) {
    return [n](ds::Head& head) {
        head.state = ds::HeadState::draft;
        head.commit = commit_of(n);
        head.author = "tester";
    };
}

/// A sound record of nothing much; `salt` makes its content differ.
inline ds::Record make_record(ds::Registry& registry, const ds::DatasetName& dataset,
                              const std::string& version, unsigned salt, std::uint64_t sequence = 1) {
    ds::Record record;
    record.registry_id = registry.description().id;
    record.dataset = dataset.str();
    record.version = version;
    record.sequence = sequence;
    record.manifest.tree.bytes[0] = static_cast<unsigned char>(salt);
    record.manifest.files = 1;
    record.manifest.bytes = salt;
    record.digest = record.manifest.digest();
    record.commit = commit_of(salt);
    record.roots.tree = {record.manifest.tree, 1, salt};
    record.author = "tester";
    record.time = 1000 + static_cast<std::int64_t>(salt);
    return record;
}

} // namespace ds_test
