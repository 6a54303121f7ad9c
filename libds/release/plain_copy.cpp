#include "release/plain_copy.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "codec/text.hpp"
#include "os/file.hpp"
#include "task/ordered.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t in_memory = 32u << 20;
constexpr std::uint64_t read_bytes = 4u << 20;
constexpr unsigned jobs = 4;
constexpr std::size_t kept_problems = 1000;

std::string key_of(const std::string& prefix, const std::string& path, const Entry& entry) {
    return prefix + path + (entry.kind == EntryKind::empty_dir ? "/" : "");
}

/// Whether one version of a key has these bytes. @throws CorruptObject when the storage itself finds it damaged
bool holds(DataBucket& data, const std::string& key, const DataBucket::Version& version, const Entry& entry,
           Context& context) {
    if (version.size != entry.size) {
        return false;
    }
    Sha256Stream hash;
    ByteString bytes;
    for (std::uint64_t at = 0; at < entry.size; at += bytes.size()) {
        context.check_stop();
        bytes.clear();
        data.get(key, version.version_id, at, std::min(read_bytes, entry.size - at), bytes);
        hash.update(bytes);
    }
    return entry.kind == EntryKind::empty_dir || hash.finish() == entry.hash;
}

struct Job {
    std::string path;
    Entry entry;
};

/// A temporary file that goes with the scope.
class ScratchFile {
  public:
    explicit ScratchFile(std::string path)
        : path_(std::move(path)), fd_(open_file(path_, O_RDWR | O_CREAT | O_TRUNC)) {}
    ~ScratchFile() {
        try {
            remove_file(path_);
        } catch (const Error&) { // the next one overwrites it
        }
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
    Fd fd_;
};

} // namespace

std::string plain_prefix(const DatasetName& dataset, const std::string& version) {
    return fmt::format("datasets/{}/{}/", dataset.str(), version);
}

void check_plain(NodeSource& nodes, const Sha256& tree, const DatasetName& dataset,
                 const std::string& version) {
    if (dataset.ns() == "packs" || dataset.ns() == "notes" || dataset.ns() == "samples") {
        throw Error(
            ErrorKind::failure,
            fmt::format("a dataset of namespace '{}' cannot have a plain copy: its keys would be those of "
                        "packs of a namespace 'datasets'",
                        dataset.ns()),
            "publish without --plain; dsctl export writes a copy elsewhere");
    }
    const auto prefix = plain_prefix(dataset, version);
    for (TreeCursor cursor(nodes, tree); cursor.valid(); cursor.next()) {
        const auto key = key_of(prefix, cursor.path(), cursor.entry());
        if (key.size() > max_key_bytes || !is_utf8(key)) {
            throw Error(ErrorKind::failure,
                        fmt::format("'{}' cannot be a key in a bucket, so there can be no plain copy",
                                    printable(cursor.path())),
                        "keys have up to 1,024 bytes of UTF-8; publish without --plain");
        }
    }
}

PlainStats write_plain(const PlainCopy& copy, Context& context) {
    auto& data = copy.registry.data();
    const auto prefix = plain_prefix(copy.dataset, copy.version);
    bool begun = false;
    data.list_versions(prefix, [&](const DataBucket::Version&) {
        begun = true;
        return false;
    });
    const auto put = [&](const std::string& key, const std::string& path, const Entry& entry) {
        if (entry.size <= in_memory) {
            ByteString bytes;
            if (entry.size > 0) {
                copy.content.stream(path, entry, [&](ByteView piece) { bytes.append(piece); });
            }
            return data.put(key, MemoryBody(bytes), copy.lock);
        }
        const ScratchFile file(copy.scratch + "/" + random_hex(8) + std::string(plain_scratch_suffix));
        std::uint64_t at = 0;
        copy.content.stream(path, entry, [&](ByteView piece) {
            context.check_stop();
            pwrite_full(file.fd(), piece, at, file.path());
            at += piece.size();
        });
        return data.put(key, FileBody(file.fd(), entry.size, file.path()), copy.lock);
    };
    struct Done {
        bool wrote = false;
        std::uint64_t size = 0;
    };
    OrderedMap<Job, Done> work(jobs, 2 * jobs, [&](const Job& job) -> Done {
        const auto key = key_of(prefix, job.path, job.entry);
        if (begun) {
            const auto there = data.versions(key);
            const auto sound = [&](const DataBucket::Version& version) {
                try {
                    return holds(data, key, version, job.entry, context);
                } catch (const CorruptObject&) {
                    return false; // then a sound one goes on top
                }
            };
            if (!there.empty() && sound(there.back())) {
                data.retain(key, there.back().version_id, copy.lock);
                return {false, job.entry.size};
            }
        }
        const auto id = put(key, job.path, job.entry);
        const auto lock = data.retention(key, id);
        if (copy.lock.mode != RetentionMode::none &&
            (lock.mode == RetentionMode::none || lock.until < copy.lock.until)) {
            throw Error(ErrorKind::failure,
                        fmt::format("the storage took '{}' without its lock", printable(key)),
                        fmt::format("dsctl registry check {}", copy.registry.alias()));
        }
        return {true, job.entry.size};
    });
    PlainStats stats;
    const auto settle = [&] {
        const auto done = work.take();
        ++(done.wrote ? stats.written : stats.same);
        stats.bytes += done.wrote ? done.size : 0;
        context.progress.advance(1, done.size);
    };
    for (TreeCursor cursor(copy.nodes, copy.tree); cursor.valid(); cursor.next()) {
        context.check_stop();
        while (work.full()) {
            settle();
        }
        work.submit({cursor.path(), cursor.entry()});
    }
    while (!work.empty()) {
        settle();
    }
    return stats;
}

std::optional<VerifyResult> verify_plain(Registry& registry, const DatasetName& dataset,
                                         const std::string& version, NodeSource& nodes, const Sha256& tree,
                                         Context& context) {
    auto& data = registry.data();
    const auto prefix = plain_prefix(dataset, version);
    VerifyResult result;
    const auto problem = [&](std::string text) {
        ++result.problem_count;
        if (result.problems.size() < kept_problems) {
            result.problems.push_back(std::move(text));
        }
    };
    // Nothing else may lie there: readers by prefix would take it for a part of the version.
    bool any = false;
    std::string last;
    const auto visit = [&](const DataBucket::Version& object) {
        context.check_stop();
        any = true;
        if (object.key == last) {
            return true;
        }
        last = object.key;
        auto path = object.key.substr(prefix.size());
        const bool folder = path.ends_with('/');
        if (folder) {
            path.pop_back();
        }
        const auto entry = path.empty() ? std::nullopt : tree_find(nodes, tree, path);
        if (!entry || (entry->kind == EntryKind::empty_dir) != folder) {
            problem(fmt::format("the plain copy has '{}', which is not in the version", printable(path)));
        }
        return true;
    };
    try {
        data.list_versions(prefix, visit);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::auth) {
            throw;
        }
        context.log.trace("whether there is a plain copy cannot be seen: " + error.message());
        return std::nullopt; // a reader of packs alone
    }
    if (!any) {
        return std::nullopt;
    }
    const bool can_lock = registry.locking() != DataBucket::Locking::none;
    const auto check = [&](const Job& job) -> std::string {
        const auto key = key_of(prefix, job.path, job.entry);
        const auto name = printable(job.path);
        const auto all = data.versions(key);
        if (all.empty()) {
            return fmt::format("the plain copy lacks '{}'", name);
        }
        try {
            if (!holds(data, key, all.back(), job.entry, context)) {
                return fmt::format("'{}' of the plain copy has other content", name);
            }
            if (can_lock && data.retention(key, all.back().version_id).mode == RetentionMode::none) {
                return fmt::format("'{}' of the plain copy is not locked", name);
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) {
                throw;
            }
            return fmt::format("'{}' of the plain copy cannot be read: {}", name, error.message());
        }
        return {};
    };
    OrderedMap<Job, std::string> work(jobs, 2 * jobs, check);
    const auto settle = [&] {
        if (auto text = work.take(); !text.empty()) {
            problem(std::move(text));
        }
        ++result.files;
    };
    for (TreeCursor cursor(nodes, tree); cursor.valid(); cursor.next()) {
        context.check_stop();
        while (work.full()) {
            settle();
        }
        work.submit({cursor.path(), cursor.entry()});
        result.bytes += cursor.entry().size;
    }
    while (!work.empty()) {
        settle();
    }
    return result;
}

} // namespace ds
