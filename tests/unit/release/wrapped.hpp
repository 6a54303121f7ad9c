// Buckets that count, and that fail at the chosen request.
#pragma once

#include "registry/buckets/folder.hpp"
#include "registry/registry.hpp"
#include "unit/support.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ds_test {

/// Shared by both wrapped buckets of a client.
struct Probe {
    enum class Moment { before, after };
    /// Called around every request that changes something; may throw.
    std::function<void(Moment, const std::string& what, const std::string& key)> hook;
    std::atomic<unsigned> requests = 0;
    std::atomic<unsigned> retains = 0;

    template <class Call>
    auto around(const std::string& what, const std::string& key, Call call) {
        ++requests;
        if (hook) {
            hook(Moment::before, what, key);
        }
        auto result = call();
        if (hook) {
            hook(Moment::after, what, key);
        }
        return result;
    }
};

class WrappedControl final : public ds::ControlBucket {
  public:
    WrappedControl(std::unique_ptr<ds::ControlBucket> inner, Probe& probe)
        : inner_(std::move(inner)), probe_(probe) {}
    std::optional<Object> get(const std::string& key) override {
        ++probe_.requests;
        return inner_->get(key);
    }
    Put put_if_absent(const std::string& key, ds::ByteView body) override {
        return probe_.around("create", key, [&] { return inner_->put_if_absent(key, body); });
    }
    Put put_if_match(const std::string& key, ds::ByteView body, const std::string& etag) override {
        return probe_.around("change", key, [&] { return inner_->put_if_match(key, body, etag); });
    }
    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        ++probe_.requests;
        inner_->list(prefix, visit);
    }

  private:
    std::unique_ptr<ds::ControlBucket> inner_;
    Probe& probe_;
};

class WrappedData final : public ds::DataBucket {
  public:
    WrappedData(std::unique_ptr<ds::DataBucket> inner, Probe& probe)
        : inner_(std::move(inner)), probe_(probe) {}
    std::string put(const std::string& key, const Body& body,
                    const std::optional<ds::Retention>& retention) override {
        return probe_.around("put", key, [&] { return inner_->put(key, body, retention); });
    }
    std::string copy(const std::string& from, const std::string& id, const std::string& to) override {
        return probe_.around("copy", to, [&] { return inner_->copy(from, id, to); });
    }
    void get(const std::string& key, const std::string& id, std::uint64_t offset, std::uint64_t length,
             ds::ByteString& out) override {
        ++probe_.requests;
        inner_->get(key, id, offset, length, out);
    }
    std::optional<std::uint64_t> size(const std::string& key, const std::string& id) override {
        ++probe_.requests;
        return inner_->size(key, id);
    }
    std::optional<Status> status(const std::string& key, const std::string& id) override {
        ++probe_.requests;
        return inner_->status(key, id);
    }
    std::vector<Version> versions(const std::string& key) override {
        ++probe_.requests;
        return inner_->versions(key);
    }
    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        ++probe_.requests;
        inner_->list_versions(prefix, visit);
    }
    void retain(const std::string& key, const std::string& id, const ds::Retention& retention) override {
        ++probe_.retains;
        (void)probe_.around("retain", key, [&] {
            inner_->retain(key, id, retention);
            return 0;
        });
    }
    ds::Retention retention(const std::string& key, const std::string& id) override {
        ++probe_.requests;
        return inner_->retention(key, id);
    }
    void remove(const std::string& key, const std::string& id) override { inner_->remove(key, id); }
    [[nodiscard]] Locking locking() const override { return inner_->locking(); }

  private:
    std::unique_ptr<ds::DataBucket> inner_;
    Probe& probe_;
};

/// A registry in a folder that goes away, whatever is locked in it.
class Lab {
  public:
    explicit Lab(const std::string& mode = "COMPLIANCE") {
        ds::RegistryDescription wanted;
        wanted.retention_mode = mode;
        registry_ = ds::Registry::init("lab", url(), wanted);
    }
    ~Lab() { ds::unlock_folder_registry(url()); }
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    [[nodiscard]] std::string url() const { return dir_ / "registry"; }
    [[nodiscard]] ds::Registry& operator*() const { return *registry_; }
    [[nodiscard]] ds::Registry* operator->() const { return registry_.get(); }
    [[nodiscard]] std::unique_ptr<ds::Registry> connect(Probe& probe) const {
        auto buckets = ds::open_buckets(url());
        return std::make_unique<ds::Registry>(
            "lab", url(),
            ds::Buckets{std::make_unique<WrappedControl>(std::move(buckets.control), probe),
                        std::make_unique<WrappedData>(std::move(buckets.data), probe)});
    }

  private:
    TempDir dir_;
    std::unique_ptr<ds::Registry> registry_;
};

} // namespace ds_test
