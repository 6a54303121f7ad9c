// See writer_mark.hpp.
#include "os/writer_mark.hpp"

#include "base/path.hpp"
#include "os/beneath.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/core.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace ds {

namespace {

constexpr std::string_view mark_head = ".dsctl-tmp-";
constexpr std::string_view mark_tail = ".writer";
constexpr std::size_t id_bytes = 10;

bool all_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// What the names of its writer's files begin with; empty if `name` is no mark.
std::string prefix_of(std::string_view name) {
    if (name.size() != mark_head.size() + 2 * id_bytes + mark_tail.size() || !name.starts_with(mark_head) ||
        !name.ends_with(mark_tail)) {
        return {};
    }
    name.remove_suffix(mark_tail.size());
    const std::string_view id = name.substr(mark_head.size());
    return all_hex(id) ? std::string(name) + '-' : std::string();
}

/// Whether `name` is that of a folder that remove_tree() had moved up to remove it: .dsctl-tmp-rm-<16 hex>-<n>.
bool is_being_removed(std::string_view name) {
    constexpr std::string_view head = ".dsctl-tmp-rm-";
    constexpr std::size_t id = 16;
    return name.size() > head.size() + id + 1 && name.starts_with(head) &&
           all_hex(name.substr(head.size(), id)) && name[head.size() + id] == '-' &&
           name.find_first_not_of("0123456789", head.size() + id + 1) == std::string_view::npos;
}

/// Whether `name` is that of an AtomicFile under way: .dsctl-tmp-<24 hex>.
bool is_atomic_temp(std::string_view name) {
    constexpr std::size_t id = 24;
    return name.size() == mark_head.size() + id && name.starts_with(mark_head) &&
           all_hex(name.substr(mark_head.size()));
}

struct DeadWriter {
    std::string mark;
    std::string prefix;
    LockFile lock; ///< held while his files are removed, so that only one does it
};

std::vector<DeadWriter> dead_writers(const std::string& marks) {
    std::vector<DeadWriter> dead;
    for (const auto& name : list_dir(marks)) {
        auto prefix = prefix_of(name);
        if (prefix.empty()) {
            continue;
        }
        auto mark = marks + "/" + name;
        const auto st = try_lstat(mark);
        if (!st || !S_ISREG(st->st_mode)) {
            continue; // a fifo of this name would hang us
        }
        try {
            auto lock = LockFile::try_existing(mark);
            if (lock && lock->is_at(mark)) {
                dead.push_back({std::move(mark), std::move(prefix), std::move(*lock)});
            }
        } catch (const Error&) {
            continue; // another user's; it is for him to remove
        }
    }
    return dead;
}

bool left_by(const std::vector<DeadWriter>& dead, std::string_view name) {
    return name.starts_with(mark_head) &&
           std::any_of(dead.begin(), dead.end(),
                       [&](const DeadWriter& writer) { return name.starts_with(writer.prefix); });
}

} // namespace

WriterMark::~WriterMark() {
    if (lock_) {
        ::unlink(path_.c_str());
    }
}

const std::string& WriterMark::prefix() {
    std::call_once(once_, [this] { put(); });
    return prefix_;
}

void WriterMark::put() {
    make_dirs(marks_);
    constexpr int tries = 100;
    constexpr unsigned patience_ms = 5000;
    for (int i = 0; i < tries; ++i) {
        const std::string name = fmt::format("{}{}", mark_head, random_hex(id_bytes));
        const std::string path = fmt::format("{}/{}{}", marks_, name, mark_tail);
        // Between making and locking it somebody may take it for a dead one's: he removes it, and we try anew.
        auto lock = LockFile::acquire(path, LockFile::Mode::exclusive, patience_ms);
        if (lock && lock->is_at(path)) {
            prefix_ = name + '-';
            path_ = path;
            lock_ = std::move(lock);
            return;
        }
    }
    throw Error(ErrorKind::failure, fmt::format("cannot mark '{}' as being written", printable(marks_)));
}

std::uint64_t remove_leftovers(const std::string& marks, const std::string& root, Context& context) {
    if (!path_exists(marks) || !path_exists(root)) {
        return 0;
    }
    const auto dead = dead_writers(marks);
    if (dead.empty()) {
        return 0;
    }
    std::uint64_t removed = 0;
    bool all = true;
    BeneathDir files(root);
    const auto try_or_tell = [&](const auto& action) {
        try {
            action();
        } catch (const Error& error) {
            context.log.warn(fmt::format("what a killed dsctl left stays: {}", error.message()));
            all = false;
        }
    };
    std::vector<std::string> folders{std::string()};
    while (!folders.empty()) {
        context.check_stop();
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        const std::string base = folder.empty() ? folder : folder + '/';
        for (const DirEntry& entry : files.list(folder)) {
            if (entry.kind == FileStat::Kind::directory) {
                if (is_being_removed(entry.name)) { // whoever began that wanted it gone
                    try_or_tell([&] {
                        remove_tree(root + '/' + base + entry.name);
                        ++removed;
                    });
                } else if (entry.name != ".dsctl" && base.size() + entry.name.size() <= max_path_bytes) {
                    folders.push_back(base + entry.name);
                }
            } else if (left_by(dead, entry.name)) {
                try_or_tell([&] { removed += files.remove(base + entry.name) ? 1 : 0; });
            }
        }
    }
    for (std::size_t i = 0; all && i < dead.size(); ++i) { // else somebody else may remove the rest
        try_or_tell([&] { remove_file(dead[i].mark); });
    }
    context.log.trace(fmt::format("removed {} temporary files that a killed dsctl left", removed));
    return removed;
}

void remove_old_temporaries(const std::string& folder) {
    if (const auto there = try_stat(folder); !there || !S_ISDIR(there->st_mode)) {
        return;
    }
    constexpr std::int64_t old_seconds = 3600;
    const std::int64_t now = unix_now();
    for (const auto& name : list_dir(folder)) {
        const auto path = folder + "/" + name;
        const auto st = is_atomic_temp(name) ? try_lstat(path) : std::nullopt;
        if (st && S_ISREG(st->st_mode) && st->st_mtime < now - old_seconds) {
            ::unlink(path.c_str()); // somebody else's may stay
        }
    }
}

} // namespace ds
