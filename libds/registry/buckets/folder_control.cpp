// The control bucket in a folder: compare-and-swap by a lock, a comparison and a rename.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "registry/buckets/folder_kind.hpp"
#include "registry/buckets/folder_tree.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

namespace ds::folder {

namespace {

constexpr std::uint64_t max_object_bytes = 16u << 20;
constexpr const char* object_name = "object";

std::string etag_of(ByteView body) {
    return sha256(body).hex();
}

class FolderControl final : public ControlBucket {
  public:
    explicit FolderControl(const std::string& root) : tree_(root, "control") {}

    std::optional<Object> get(const std::string& key) override {
        const auto dir = tree_.find(key);
        auto body = dir ? read_small(dir->get(), object_name, max_object_bytes, tree_.describe(key))
                        : std::optional<ByteString>();
        if (!body) {
            return std::nullopt;
        }
        auto etag = etag_of(*body);
        return Object{std::move(*body), std::move(etag)};
    }

    Put put_if_absent(const std::string& key, ByteView body) override {
        return put(key, body, [](const std::optional<Object>& current) { return !current; });
    }

    Put put_if_match(const std::string& key, ByteView body, const std::string& etag) override {
        return put(key, body,
                   [&](const std::optional<Object>& current) { return current && current->etag == etag; });
    }

    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        tree_.walk(prefix, [&](const std::string& key, int dir) {
            struct stat st {};
            const bool there =
                ::fstatat(dir, object_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
            return !there || visit(key);
        });
    }

  private:
    template <class Condition>
    Put put(const std::string& key, ByteView body, Condition holds) {
        if (body.size() > max_object_bytes) {
            throw Error(ErrorKind::failure, fmt::format("{} would have {} bytes; at most {} are allowed",
                                                        tree_.describe(key), body.size(), max_object_bytes));
        }
        if (!holds(get(key))) { // spares the write when it is lost already
            return Put::refused;
        }
        tree_.require_writable();
        TempFile file = tree_.temp();
        file.write(body);
        file.finish(tree_.read_write_mode());
        const auto guard = tree_.lock();
        if (!holds(get(key))) {
            return Put::refused;
        }
        const Fd dir = tree_.create(key);
        file.move_to(dir.get(), object_name);
        try {
            sync_fd(dir.get(), tree_.describe(key));
        } catch (const Error& e) { // it stands there, but may be gone after a power cut
            throw Error(ErrorKind::unknown, e.message(), "check the disk");
        }
        return Put::done;
    }

    FolderTree tree_;
};

} // namespace

std::unique_ptr<ControlBucket> make_control(const std::string& root) {
    return std::make_unique<FolderControl>(root);
}

} // namespace ds::folder
