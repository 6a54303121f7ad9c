#include "dataset/intake.hpp"

#include "base/path.hpp"
#include "os/file.hpp"
#include "os/missing_path.hpp"
#include "store/file_reader.hpp"
#include "worktree/scan.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t most_listed = 1000;
constexpr int attempts = 4; // three retries

std::size_t read_some(int fd, char* to, std::size_t n, std::string_view path) {
    for (;;) {
        const ssize_t got = ::read(fd, to, n);
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw_errno("cannot read", path);
        }
    }
}

/// What stands before paths below a folder: "src/" of "src/.".
std::string shown_below(std::string_view folder) {
    while (folder.ends_with("/.") || folder.ends_with('/')) {
        folder.remove_suffix(folder.ends_with('/') ? 1 : 2);
    }
    return std::string(folder) + "/";
}

/// One path below a folder that is kept open.
void take_one(Intake& intake, FileReader& reader, const std::string& path, const std::string& to,
              const std::string& shown, FileStat::Kind kind, std::uint64_t size, bool executable) {
    if (kind == FileStat::Kind::symlink) {
        intake.link(to, reader.link_target(path));
        return;
    }
    if (kind != FileStat::Kind::regular) {
        intake.skip(to, "it is neither file, folder nor link");
        return;
    }
    if (!intake.reads_content()) {
        (void)intake.file(to, executable ? EntryKind::executable : EntryKind::file, size, {});
        return;
    }
    for (int attempt = 1;; ++attempt) {
        try {
            FileStat before;
            const Fd fd = reader.open(path, before);
            // Seen at the end of the file, so that nobody commits a mixture of two states.
            (void)intake.file(to, before.executable ? EntryKind::executable : EntryKind::file, before.size,
                              [&](char* buffer, std::size_t n) {
                                  const auto got = read_some(fd.get(), buffer, n, shown);
                                  if (got == 0 && reader.stat(path) != before) {
                                      throw FileChanged{};
                                  }
                                  return got;
                              });
            return;
        } catch (const FileChanged&) {
            if (attempt == attempts) {
                throw Error(ErrorKind::retry,
                            fmt::format("'{}' keeps changing while it is read; nothing was committed",
                                        printable(shown)),
                            "run the command again when it is at rest");
            }
        }
    }
}

} // namespace

Entry Intake::file(const std::string& path, EntryKind kind, std::uint64_t size, const Read& read) {
    if (const auto why = path_problem(path); !why.empty()) {
        skip(path, std::string(why));
        return {};
    }
    auto entry = Entry{kind, size, {}};
    if (editor_ != nullptr) {
        entry = editor_->add_content(path, kind, size, read);
        editor_->put(path, entry);
    }
    ++taken_.files;
    taken_.bytes += entry.size;
    return entry;
}

bool Intake::same_as(const std::string& path, const std::string& target) {
    if (editor_ == nullptr) {
        ++taken_.files;
        return true;
    }
    const auto entry = editor_->find(target);
    if (!entry || entry->kind == EntryKind::empty_dir) {
        return false;
    }
    editor_->put(path, *entry);
    ++taken_.files;
    taken_.bytes += entry->size;
    return true;
}

void Intake::link(const std::string& path, const std::string& target) {
    if (const auto why = path_problem(path); !why.empty()) {
        skip(path, std::string(why));
        return;
    }
    if (editor_ != nullptr) {
        editor_->put(path, editor_->add_bytes(path, EntryKind::symlink, target));
    }
    ++taken_.files;
    taken_.bytes += target.size();
}

void Intake::folder(const std::string& path) {
    if (path.empty()) {
        return;
    }
    if (const auto why = path_problem(path); !why.empty()) {
        skip(path, std::string(why));
        return;
    }
    if (editor_ != nullptr) {
        editor_->put(path, Entry{EntryKind::empty_dir, 0, {}});
    }
    ++taken_.folders;
}

void Intake::skip(const std::string& path, std::string why) {
    ++taken_.skipped_count;
    if (taken_.skipped.size() < most_listed) {
        taken_.skipped.emplace_back(path, std::move(why));
    }
}

void take_local(Intake& intake, const std::string& source, const std::string& to, Context& context) {
    const auto absolute = absolute_path(source);
    // A slash at the end follows a link to a folder, as everywhere.
    const bool follow = source.ends_with('/') || source.ends_with("/.") || source == "." || source == "..";
    const auto stat = follow ? try_stat(absolute) : try_lstat(absolute);
    if (!stat) {
        refuse_missing(source);
    }
    if (!S_ISDIR(stat->st_mode)) {
        if (S_ISFIFO(stat->st_mode)) {
            throw Error(ErrorKind::usage, fmt::format("'{}' is a pipe", printable(source)),
                        "read it as standard input: - with --to PATH");
        }
        const auto slash = absolute.rfind('/');
        const Fd folder = open_file(slash == 0 ? "/" : absolute.substr(0, slash), O_PATH | O_DIRECTORY);
        FileReader reader(folder.get(), source.substr(0, source.rfind('/') + 1));
        const auto file = to_file_stat(*stat);
        take_one(intake, reader, absolute.substr(slash + 1), to, source, file.kind, file.size,
                 file.executable);
        context.progress.advance(1, 0);
        return;
    }
    const Fd root = open_file(absolute, O_PATH | O_DIRECTORY);
    const auto below = shown_below(source);
    FileReader reader(root.get(), below);
    IgnoreRules ignore(absolute, "");
    ScanOptions options;
    options.ignore = &ignore;
    bool any = false;
    const auto place = [&](std::string_view path) {
        return to.empty() ? std::string(path) : path.empty() ? to : to + "/" + std::string(path);
    };
    scan(absolute, options, context, [&](const ScanEntry& entry) {
        any = true;
        if (entry.stat.kind == FileStat::Kind::directory) {
            intake.folder(place(entry.path));
        } else {
            const std::string path(entry.path);
            try {
                take_one(intake, reader, path, place(path), below + path, entry.stat.kind, entry.stat.size,
                         entry.stat.executable);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::not_found || path_exists(absolute + "/" + path)) {
                    throw;
                }
                intake.skip(place(path), "it vanished while the folder was read");
            }
        }
        context.progress.advance(1, 0);
    });
    if (!any) {
        intake.folder(to);
    }
}

Intake::Read stream_reader(int fd, std::string name, Context& context) {
    return [fd, name = std::move(name), &context](char* to, std::size_t n) {
        constexpr int moment = 200; // milliseconds
        for (pollfd wait{fd, POLLIN, 0};;) {
            context.check_stop();
            const int ready = ::poll(&wait, 1, moment);
            if (ready < 0 && errno != EINTR) {
                throw_errno("cannot read", name);
            }
            if (ready > 0) {
                return read_some(fd, to, n, name);
            }
        }
    };
}

void take_stream(Intake& intake, int fd, const std::string& to, Context& context) {
    (void)intake.file(to, EntryKind::file, 0, stream_reader(fd, "standard input", context));
}

} // namespace ds
