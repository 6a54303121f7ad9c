// The data bucket in a folder: create-once version files with a rising number, and their locks.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "codec/json.hpp"
#include "registry/buckets/folder_kind.hpp"
#include "registry/buckets/folder_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds::folder {

namespace {

constexpr std::size_t copy_bytes = 1u << 20;
constexpr std::uint64_t max_lock_bytes = 4096;
constexpr std::size_t number_digits = 20;

/// A lock as its file says. `hash` is set for versions that were put with their lock.
struct Lock {
    Retention retention;
    std::uint64_t size = 0;
    std::optional<Sha256> hash;

    [[nodiscard]] std::string text() const {
        auto json = Json::object();
        json.set("schema", "dsctl.lock/1");
        json.set("mode", std::string(retention_word(retention.mode)));
        json.set("until", retention.until);
        if (hash) {
            json.set("size", size);
            json.set("sha256", hash->hex());
        }
        return json.dump() + "\n";
    }

    static Lock parse(ByteView text, const std::string& what) {
        const auto json = Json::parse(text, what, 2);
        if (json.at("schema").str() != "dsctl.lock/1") {
            throw CorruptObject(fmt::format("{} has an unknown schema", what));
        }
        Lock lock;
        const auto mode = parse_retention_mode(json.at("mode").str());
        if (!mode || *mode == RetentionMode::none) {
            throw CorruptObject(fmt::format("{} has an unknown mode", what));
        }
        lock.retention.mode = *mode;
        lock.retention.until = json.at("until").i64();
        if (const auto* hash = json.find("sha256")) {
            lock.hash = Sha256::from_hex(hash->str());
            lock.size = json.at("size").u64();
            if (!lock.hash) {
                throw CorruptObject(fmt::format("{} has a malformed hash", what));
            }
        }
        return lock;
    }
};

/// The number of a version file, nothing for other names.
std::optional<std::uint64_t> version_number(std::string_view name) {
    std::uint64_t number = 0;
    if (name.size() != number_digits + 9 || name[number_digits] != '-' ||
        name.find_first_not_of("0123456789abcdef", number_digits + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    const auto digits = name.substr(0, number_digits);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number)
                                                                        : std::nullopt;
}

class FolderData final : public DataBucket {
  public:
    FolderData(const std::string& root, FolderClock clock) : tree_(root, "data"), clock_(std::move(clock)) {}

    std::string put(const std::string& key, const Body& body,
                    const std::optional<Retention>& retention) override {
        tree_.require_writable();
        const bool locked = retention && retention->mode != RetentionMode::none;
        if (locked) {
            check_date(key, *retention);
        }
        Lock lock;
        TempFile file = tree_.temp();
        Sha256Stream hash;
        ByteString buffer(static_cast<std::size_t>(std::min<std::uint64_t>(body.size(), copy_bytes)), '\0');
        for (std::uint64_t at = 0; at < body.size(); at += buffer.size()) {
            const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(body.size() - at, buffer.size()));
            body.read(at, buffer.data(), n);
            file.write(ByteView(buffer).substr(0, n));
            if (locked) {
                hash.update(ByteView(buffer).substr(0, n));
            }
        }
        file.finish(tree_.read_only_mode());

        const auto guard = tree_.lock();
        const Fd dir = tree_.create(key);
        std::uint64_t number = 0;
        for (const auto& name : version_names(dir.get(), key)) {
            number = std::max(number, *version_number(name));
        }
        if (number == UINT64_MAX) {
            throw CorruptObject(fmt::format("{} has a version with the highest number", tree_.describe(key)));
        }
        auto id = fmt::format("{:020}-{}", number + 1, random_hex(4));
        if (locked) { // first the lock: there is no moment at which the version stands there without
            lock = {*retention, body.size(), hash.finish()};
            tree_.write_durably(dir.get(), lock_name(id), lock.text(), tree_.read_write_mode());
        }
        file.move_to(dir.get(), id);
        try {
            sync_fd(dir.get(), tree_.describe(key));
        } catch (const Error& e) {
            throw Error(ErrorKind::unknown, e.message(), "check the disk");
        }
        if (locked) {
            harden(dir.get(), id);
        }
        return id;
    }

    std::string copy(const std::string& from, const std::string& version_id, const std::string& to) override {
        std::uint64_t size = 0;
        const auto dir = tree_.find(from);
        const auto fd = dir ? open_version(dir->get(), version_id, size) : std::nullopt;
        if (!fd) {
            throw absent(from, version_id);
        }
        return put(to, FileBody(fd->get(), size, tree_.describe(from)), std::nullopt);
    }

    void get(const std::string& key, const std::string& version_id, std::uint64_t offset,
             std::uint64_t length, ByteString& out) override {
        std::uint64_t size = 0;
        const auto dir = tree_.find(key);
        const auto fd = dir ? open_version(dir->get(), version_id, size) : std::nullopt;
        if (!fd) {
            throw absent(key, version_id);
        }
        if (offset > size || length > size - offset) {
            throw CorruptObject(fmt::format("{} has {} bytes; {} from {} were asked for", tree_.describe(key),
                                            size, length, offset));
        }
        const auto begin = out.size();
        out.resize(begin + static_cast<std::size_t>(length));
        if (pread_full(fd->get(), out.data() + begin, static_cast<std::size_t>(length), offset, key) !=
            length) {
            throw CorruptObject(fmt::format("{} was cut while it was read", tree_.describe(key)));
        }
        if (length == size) { // a whole version: what it was locked as can be checked
            const auto lock = read_lock(dir->get(), key, version_id);
            if (lock && lock->hash &&
                (lock->size != size || *lock->hash != sha256(ByteView(out).substr(begin)))) {
                throw CorruptObject(
                    fmt::format("{} is not what was locked there", tree_.describe(key)),
                    "put that file back from a copy of the registry; somebody has changed it");
            }
        }
    }

    std::optional<std::uint64_t> size(const std::string& key, const std::string& version_id) override {
        std::uint64_t size = 0;
        const auto dir = tree_.find(key);
        const auto fd = dir ? open_version(dir->get(), version_id, size) : std::nullopt;
        return fd ? std::optional(size) : std::nullopt;
    }

    std::vector<Version> versions(const std::string& key) override {
        const auto dir = tree_.find(key);
        return dir ? versions_in(dir->get(), key) : std::vector<Version>();
    }

    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        tree_.walk(prefix, [&](const std::string& key, int dir) {
            for (const auto& version : versions_in(dir, key)) {
                if (!visit(version)) {
                    return false;
                }
            }
            return true;
        });
    }

    void retain(const std::string& key, const std::string& version_id, const Retention& wanted) override {
        tree_.require_writable();
        const auto guard = tree_.lock();
        std::uint64_t size = 0;
        const auto dir = tree_.find(key);
        if (!dir || !open_version(dir->get(), version_id, size)) {
            throw absent(key, version_id);
        }
        Lock lock = read_lock(dir->get(), key, version_id).value_or(Lock{});
        const auto old = lock.retention;
        if (is_active(old) && (wanted.until < old.until || wanted.mode < old.mode)) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{} is locked; its lock can only be extended", tree_.describe(key)));
        }
        if (wanted.mode == RetentionMode::none) {
            return; // nothing is locked that was not; an expired lock may stay where it is
        }
        check_date(key, wanted);
        lock.retention = wanted;
        if (old.mode != wanted.mode || old.until != wanted.until) {
            tree_.write_durably(dir->get(), lock_name(version_id), lock.text(), tree_.read_write_mode());
        }
        harden(dir->get(), version_id);
    }

    std::optional<Status> status(const std::string& key, const std::string& version_id) override {
        std::uint64_t size = 0;
        const auto dir = tree_.find(key);
        if (!dir || !open_version(dir->get(), version_id, size)) {
            return std::nullopt;
        }
        return Status{size, read_lock(dir->get(), key, version_id).value_or(Lock{}).retention};
    }

    Retention retention(const std::string& key, const std::string& version_id) override {
        const auto now = status(key, version_id);
        if (!now) {
            throw absent(key, version_id);
        }
        return now->retention;
    }

    void remove(const std::string& key, const std::string& version_id) override {
        tree_.require_writable();
        const auto guard = tree_.lock();
        const auto dir = tree_.find(key);
        if (!dir || !version_number(version_id)) {
            return;
        }
        const auto lock = read_lock(dir->get(), key, version_id);
        if (lock && is_active(lock->retention)) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{} is locked and cannot be removed", tree_.describe(key)));
        }
        set_immutable(path_of(dir->get(), version_id), false);
        for (const auto& name : {version_id, lock_name(version_id)}) {
            if (::unlinkat(dir->get(), name.c_str(), 0) != 0 && errno != ENOENT) {
                throw_folder_error("cannot remove", tree_.describe(key), tree_.root());
            }
        }
        sync_fd(dir->get(), tree_.describe(key));
        tree_.remove_if_empty(key);
    }

    Locking locking() const override { return Locking::weak; }

  private:
    static std::string lock_name(const std::string& version_id) { return version_id + ".lock"; }
    /// A path through the descriptor, so that no link in the way can lead elsewhere.
    static std::string path_of(int dir, const std::string& name) {
        return fmt::format("/proc/self/fd/{}/{}", dir, name);
    }

    /// The mode is read-only already. The attribute keeps even root's mistakes away; where it is not
    /// to be had the lock is as weak as locking() says.
    static void harden(int dir, const std::string& version_id) {
        set_immutable(path_of(dir, version_id), true);
    }

    [[nodiscard]] std::int64_t now() const { return clock_ ? clock_() : unix_now(); }
    [[nodiscard]] bool is_active(const Retention& retention) const {
        return retention.mode != RetentionMode::none && retention.until > now();
    }
    void check_date(const std::string& key, const Retention& retention) const {
        if (retention.until <= now()) {
            throw Error(ErrorKind::failure,
                        fmt::format("{} cannot be locked until a time that is over", tree_.describe(key)),
                        "check the clock of this machine");
        }
    }
    [[nodiscard]] Error absent(const std::string& key, const std::string& version_id) const {
        return {ErrorKind::not_found,
                fmt::format("{} has no version '{}'", tree_.describe(key), printable(version_id))};
    }

    /// Version ids come from documents of others: only what put() gives out is looked for.
    static std::optional<Fd> open_version(int dir, const std::string& version_id, std::uint64_t& size) {
        return version_number(version_id) ? open_regular(dir, version_id, size) : std::nullopt;
    }
    std::optional<Lock> read_lock(int dir, const std::string& key, const std::string& version_id) const {
        const auto text =
            read_small(dir, lock_name(version_id), max_lock_bytes, "the lock of " + tree_.describe(key));
        return text ? std::optional(Lock::parse(*text, "the lock of " + tree_.describe(key))) : std::nullopt;
    }
    [[nodiscard]] std::vector<std::string> version_names(int dir, const std::string& key) const {
        auto names = entry_names(dir, tree_.describe(key)); // sorted: digits of fixed width, so by number
        names.erase(std::remove_if(names.begin(), names.end(),
                                   [](const auto& name) { return !version_number(name); }),
                    names.end());
        return names;
    }
    [[nodiscard]] std::vector<Version> versions_in(int dir, const std::string& key) const {
        std::vector<Version> versions;
        for (auto& name : version_names(dir, key)) {
            struct stat st {};
            if (::fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) { // else removed meanwhile
                versions.push_back(
                    {key, std::move(name), static_cast<std::uint64_t>(st.st_size), st.st_mtim.tv_sec});
            }
        }
        return versions;
    }

    FolderTree tree_;
    FolderClock clock_;
};

} // namespace

std::unique_ptr<DataBucket> make_data(const std::string& root, FolderClock clock) {
    return std::make_unique<FolderData>(root, std::move(clock));
}

} // namespace ds::folder
