// Refs as files: compare-and-swap, and reading them so that a damaged one is never overlooked.
#include "base/path.hpp"
#include "history/history_impl.hpp"
#include "history/sync_together.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace ds {

namespace {

constexpr int max_depth = 8;
constexpr std::string_view note_name = "dsctl-version";
constexpr std::uint64_t max_note_bytes = 4096;

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

/// Creates the folder of a ref or reflog durably; it is nearly always there.
void ensure_folder_of(const std::string& path) {
    const auto dir = folder_of(path);
    if (!path_exists(dir)) {
        make_dirs(dir);
        sync_dir(folder_of(dir));
    }
}

git::ReferenceHandle lookup(git_repository* repository, const std::string& ref) {
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository, ref.c_str());
    if (code == GIT_ENOTFOUND) {
        return nullptr;
    }
    git::check(code, fmt::format("cannot read ref '{}'", printable(ref)));
    return git::ReferenceHandle(raw);
}

void collect_files(const std::string& dir, const std::string& prefix, int depth,
                   std::vector<std::string>& out) {
    if (depth > max_depth || !path_exists(dir)) {
        return;
    }
    for (const auto& name : list_dir(dir)) {
        const auto st = try_lstat(dir + "/" + name);
        if (st && S_ISDIR(st->st_mode)) {
            collect_files(dir + "/" + name, prefix + name + "/", depth + 1, out);
        } else if (st && !name.ends_with(".lock")) {
            out.push_back(prefix + name);
        }
    }
}

} // namespace

std::vector<std::string> History::Impl::files_below(const std::string& dir, const std::string& prefix) {
    std::vector<std::string> out;
    collect_files(dir, prefix, 0, out);
    return out;
}

std::vector<std::string> History::Impl::published_notes(const CommitId& commit) const {
    const auto text = try_read_file(path + "/" + std::string(note_name), max_note_bytes).value_or("");
    std::vector<std::string> out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto space = line.find(' ');
        if (space != std::string_view::npos && line.substr(space + 1) == commit.hex() &&
            VersionName::valid(line.substr(0, space))) {
            out.emplace_back(line.substr(0, space));
        }
    }
    return out;
}

std::string History::Impl::head_target() const {
    constexpr int tries = 3; // a process that switches meanwhile may have replaced both
    const auto read = [&] {
        try {
            return lookup(repository.get(), "HEAD");
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt) {
                throw;
            }
            throw CorruptObject(error.message(),
                                "dsctl switch VERSION, the one you were on (dsctl for-each-ref lists them)");
        }
    };
    for (int i = 0; i < tries; ++i) {
        const auto head = read();
        if (!head) {
            break;
        }
        if (const char* target = git_reference_symbolic_target(head.get())) {
            return target;
        }
        const auto notes = published_notes(git::to_id(*git_reference_target(head.get())));
        if (!notes.empty()) {
            return std::string(tag_refs) + notes.front();
        }
    }
    return "";
}

std::optional<CommitId> History::Impl::ref_target(const std::string& ref) const {
    const auto reference = lookup(repository.get(), ref);
    if (!reference) {
        return std::nullopt;
    }
    const auto* oid = git_reference_target(reference.get());
    if (oid == nullptr) {
        throw CorruptObject(fmt::format("ref '{}' is symbolic, which no ref but HEAD is", printable(ref)),
                            "dsctl fsck --repair");
    }
    return git::to_id(*oid);
}

std::vector<std::string> History::Impl::ref_names(std::string_view prefix) const {
    // libgit2's own iterator leaves out refs that it cannot parse: collecting garbage by that list would
    // lose what they named. So the files are listed too, and reading such a ref says that it is damaged.
    auto names = files_below(path + "/refs", "refs/");
    git_reference_iterator* raw = nullptr;
    git::check(git_reference_iterator_new(&raw, repository.get()), "cannot list refs");
    const git::RefIteratorHandle iterator(raw);
    const char* name = nullptr;
    int code = 0;
    while ((code = git_reference_next_name(&name, raw)) == 0) {
        names.emplace_back(name);
    }
    if (code != GIT_ITEROVER) {
        git::check(code, "cannot list refs");
    }
    std::erase_if(names, [&](const std::string& ref) {
        return !ref.starts_with(prefix) || ref.size() == prefix.size();
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

namespace {

/// One line of a reflog, as git writes it.
std::string reflog_line(const std::optional<CommitId>& before, const CommitId& after, const Signature& who,
                        std::string why) {
    std::replace_if(
        why.begin(), why.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    while (why.ends_with(' ')) {
        why.pop_back();
    }
    return fmt::format("{} {} {}\t{}\n", before ? before->hex() : std::string(40, '0'), after.hex(),
                       git::signature_text(who), why);
}

/// Appends a line. Not synced, as in git: a power cut may take the newest lines of a reflog, which name
/// what was, never what is. A line that one tore is ended first, so that it spoils only itself.
void append_to_log(const std::string& path, const std::string& line) {
    ensure_folder_of(path);
    Fd fd = open_file(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0666);
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) {
        throw_errno("cannot stat", path);
    }
    char last = '\n';
    if (st.st_size > 0) {
        static_cast<void>(pread_full(fd.get(), &last, 1, static_cast<std::uint64_t>(st.st_size) - 1, path));
    }
    write_full(fd.get(), last == '\n' ? line : "\n" + line, path);
    ::sync_file_range(fd.get(), 0, 0,
                      SYNC_FILE_RANGE_WRITE); // only begins: the next sync mostly takes it along
    fd.close_checked(path);
}

/// git's own protocol: whoever creates "<ref>.lock" may change the ref.
git::NewFile lock_ref(const std::string& path, const std::string& ref) {
    try {
        return {path + ".lock", path, 0666};
    } catch (const Error&) {
        if (path_exists(path + ".lock")) {
            throw Error(ErrorKind::locked,
                        fmt::format("cannot update '{}': another process is changing it", printable(ref)),
                        "wait for it to end, then run the same command again");
        }
        throw;
    }
}

} // namespace

// Not by libgit2's transactions, which sync one file after the other: here a commit waits three times for the
// disk instead of thirteen times.
void History::Impl::update_ref(const std::string& ref, const CommitId& to, Swap swap,
                               const std::optional<CommitId>& expected, const Signature& who,
                               const std::string& why) {
    const auto file = path + "/" + ref;
    ensure_folder_of(file);
    auto lock = lock_ref(file, ref);
    const auto current = ref_target(ref);
    if (swap == Swap::compare && current != expected) {
        const auto text = [](const std::optional<CommitId>& id) {
            return id ? id->short_hex() : std::string("nothing");
        };
        throw Error(ErrorKind::conflict,
                    fmt::format("{} moved meanwhile (expected {}, found {})",
                                printable(ref.substr(ref.rfind('/') + 1)), text(expected), text(current)),
                    "dsctl log");
    }
    if (current == to) {
        return;
    }
    try {
        writer.stage();
        lock.write(to.hex() + "\n");
        std::vector<std::string> logs;
        if (!ref.starts_with(tag_refs)) {
            logs.push_back(path + "/logs/" + ref);
            if (head_target() == ref) {
                logs.push_back(path + "/logs/HEAD");
            }
        }
        const auto line = reflog_line(current, to, who, why);
        // Contents first, then the names of the objects, then the ref that makes them reachable.
        auto syncs = writer.syncs();
        syncs.emplace_back([&lock] { lock.sync(); });
        git::sync_together(syncs);
        writer.install();
        for (const auto& log : logs) { // not earlier: git's fsck complains of a line that names nothing
            append_to_log(log, line);
        }
    } catch (...) {
        writer.unstage();
        throw;
    }
    lock.install();
    sync_dir(folder_of(file));
}

void History::Impl::set_head(const std::string& target, const std::optional<CommitId>& before,
                             const std::optional<CommitId>& after, const Signature& who,
                             const std::string& why) {
    const auto file = path + "/HEAD";
    auto lock = lock_ref(file, "HEAD");
    if (target.starts_with(tag_refs)) {
        // git wants HEAD on a branch or on a commit. So it names the commit, and a note beside it says which
        // version that is. The note comes first and keeps the line that HEAD still stands for: whenever this
        // stops, the two together mean either where the checkout stood or where it stands then.
        if (!after) {
            throw Error(ErrorKind::failure, "cannot stand on a version that is not here");
        }
        std::string lines = fmt::format("{} {}\n", target.substr(tag_refs.size()), after->hex());
        if (before && before != after) {
            if (const auto old = head_target(); old.starts_with(tag_refs)) {
                lines += fmt::format("{} {}\n", old.substr(tag_refs.size()), before->hex());
            }
        }
        const auto note_path = path + "/" + std::string(note_name);
        git::NewFile note(note_path + ".lock", note_path, 0644);
        note.write(lines);
        note.sync();
        note.install();
        sync_dir(path);
        lock.write(after->hex() + "\n");
    } else {
        lock.write("ref: " + target + "\n");
    }
    lock.sync();
    if (after) { // else there is nothing that a line could name, and git writes none
        append_to_log(path + "/logs/HEAD", reflog_line(before, *after, who, why));
    }
    lock.install();
    sync_dir(path);
}

void History::Impl::remove_ref(const std::string& ref) {
    const int code = git_reference_remove(repository.get(), ref.c_str());
    if (code == GIT_ENOTFOUND) {
        return;
    }
    git::check(code, fmt::format("cannot remove ref '{}'", printable(ref)));
    // Unlike writing, libgit2's removing syncs nothing. The folder may be gone as well.
    const auto dir = folder_of(path + "/" + ref);
    sync_dir(path_exists(dir) ? dir : folder_of(dir));
}

} // namespace ds
