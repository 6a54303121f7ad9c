#include "registry/counted.hpp"

#include "base/units.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t page = 1000;

/// Counts the pages of a listing however it ends.
class Pages {
  public:
    explicit Pages(RequestCounts& counts) : counts_(counts) { ++counts_.list; }
    void item() {
        if (items_++ > 0 && (items_ - 1) % page == 0) {
            ++counts_.list;
        }
    }

  private:
    RequestCounts& counts_;
    std::uint64_t items_ = 0;
};

class CountedControl final : public ControlBucket {
  public:
    CountedControl(std::unique_ptr<ControlBucket> inner, std::shared_ptr<RequestCounts> counts)
        : inner_(std::move(inner)), counts_(std::move(counts)) {}

    std::optional<Object> get(const std::string& key) override {
        ++counts_->get;
        auto object = inner_->get(key);
        counts_->bytes_down += object ? object->body.size() : 0;
        return object;
    }
    Put put_if_absent(const std::string& key, ByteView body) override {
        ++counts_->put;
        counts_->bytes_up += body.size();
        return inner_->put_if_absent(key, body);
    }
    Put put_if_match(const std::string& key, ByteView body, const std::string& etag) override {
        ++counts_->put;
        counts_->bytes_up += body.size();
        return inner_->put_if_match(key, body, etag);
    }
    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        Pages pages(*counts_);
        inner_->list(prefix, [&](const std::string& key) {
            pages.item();
            return visit(key);
        });
    }
    void list_after(const std::string& prefix, const std::string& after,
                    const std::function<bool(const std::string&)>& visit) override {
        Pages pages(*counts_);
        inner_->list_after(prefix, after, [&](const std::string& key) {
            pages.item();
            return visit(key);
        });
    }

  private:
    std::unique_ptr<ControlBucket> inner_;
    std::shared_ptr<RequestCounts> counts_;
};

class CountedData final : public DataBucket {
  public:
    CountedData(std::unique_ptr<DataBucket> inner, std::shared_ptr<RequestCounts> counts)
        : inner_(std::move(inner)), counts_(std::move(counts)) {}

    std::string put(const std::string& key, const Body& body,
                    const std::optional<Retention>& retention) override {
        ++counts_->put;
        counts_->bytes_up += body.size();
        return inner_->put(key, body, retention);
    }
    std::string copy(const std::string& from, const std::string& version_id, const std::string& to) override {
        ++counts_->copy;
        return inner_->copy(from, version_id, to);
    }
    void get(const std::string& key, const std::string& version_id, std::uint64_t offset,
             std::uint64_t length, ByteString& out) override {
        ++counts_->get;
        const std::size_t before = out.size();
        inner_->get(key, version_id, offset, length, out);
        counts_->bytes_down += out.size() - before;
    }
    std::optional<std::uint64_t> size(const std::string& key, const std::string& version_id) override {
        ++counts_->stat;
        return inner_->size(key, version_id);
    }
    std::optional<Status> status(const std::string& key, const std::string& version_id) override {
        ++counts_->stat;
        return inner_->status(key, version_id);
    }
    std::vector<Version> versions(const std::string& key) override {
        ++counts_->list;
        return inner_->versions(key);
    }
    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        Pages pages(*counts_);
        inner_->list_versions(prefix, [&](const Version& version) {
            pages.item();
            return visit(version);
        });
    }
    void retain(const std::string& key, const std::string& version_id, const Retention& retention) override {
        ++counts_->retain;
        inner_->retain(key, version_id, retention);
    }
    Retention retention(const std::string& key, const std::string& version_id) override {
        ++counts_->stat;
        return inner_->retention(key, version_id);
    }
    void remove(const std::string& key, const std::string& version_id) override {
        ++counts_->remove;
        inner_->remove(key, version_id);
    }
    Locking locking() const override { return inner_->locking(); }

  private:
    std::unique_ptr<DataBucket> inner_;
    std::shared_ptr<RequestCounts> counts_;
};

} // namespace

std::string RequestCounts::text() const {
    std::string verbs;
    const auto add = [&](const std::atomic<std::uint64_t>& count, std::string_view name) {
        if (count > 0) {
            verbs += fmt::format("{}{} {}", verbs.empty() ? "" : ", ", count.load(), name);
        }
    };
    add(get, "get");
    add(put, "put");
    add(list, "list");
    add(stat, "stat");
    add(retain, "retain");
    add(copy, "copy");
    add(remove, "remove");
    return fmt::format("{} ({}), {} up, {} down", plural(total(), "request"), verbs.empty() ? "-" : verbs,
                       human_bytes(bytes_up), human_bytes(bytes_down));
}

Buckets counted(Buckets buckets, std::shared_ptr<RequestCounts> counts) {
    Buckets out;
    out.control = std::make_unique<CountedControl>(std::move(buckets.control), counts);
    out.data = std::make_unique<CountedData>(std::move(buckets.data), std::move(counts));
    out.check_kind = std::move(buckets.check_kind); // not counted
    return out;
}

} // namespace ds
