// Tar members as entries. What would lead out of the tree when somebody unpacks it is refused, not mended: an archive
// that holds such a thing was made by mistake or by an enemy.
#include "base/path.hpp"
#include "dataset/import.hpp"
#include "interchange/archive.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

[[noreturn]] void refuse(const std::string& what, std::string_view member, std::string_view why) {
    throw Error(
        ErrorKind::failure,
        fmt::format("{} is refused: its member '{}' {}; nothing was imported", what, printable(member), why),
        "unpack it in an empty folder, look at it, then import that folder");
}

/// "./a/b/" as "a/b", "" for the root itself; refuses what is absolute or has "..".
std::string inner_path(const std::string& what, std::string_view member) {
    if (member.empty() || member.front() == '/') {
        refuse(what, member, member.empty() ? "has no name" : "has an absolute name");
    }
    std::string out;
    std::size_t begin = 0;
    while (begin <= member.size()) {
        const auto end = std::min(member.find('/', begin), member.size());
        const auto part = member.substr(begin, end - begin);
        if (part == "..") {
            refuse(what, member, "has '..' in its name");
        }
        if (!part.empty() && part != ".") {
            out += (out.empty() ? "" : "/") + std::string(part);
        }
        begin = end + 1;
    }
    return out;
}

/// Whether a link at `path` stays in the tree, as far as its text says.
bool stays_inside(std::string_view path, std::string_view target) {
    if (target.empty() || target.front() == '/') {
        return false;
    }
    std::ptrdiff_t depth = 0;
    for (auto above = parent_path(path); !above.empty(); above = parent_path(above)) {
        ++depth;
    }
    std::size_t begin = 0;
    while (begin <= target.size()) {
        const auto end = std::min(target.find('/', begin), target.size());
        const auto part = target.substr(begin, end - begin);
        depth += part == ".." ? -1 : part.empty() || part == "." ? 0 : 1;
        if (depth < 0) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

} // namespace

void take_archive(Intake& intake, const std::function<std::size_t(char*, std::size_t)>& read,
                  const std::string& what, Context& context) {
    ArchiveReader archive(read, what);
    for (ArchiveMember member; archive.next(member);) {
        context.check_stop();
        const auto path = inner_path(what, member.path);
        if (path.empty()) {
            continue;
        }
        if (member.kind != ArchiveMember::Kind::folder && intake.took(path)) {
            context.log.warn(
                fmt::format("'{}' is in {} more than once; the last one counts", printable(path), what));
        }
        switch (member.kind) {
        case ArchiveMember::Kind::file:
            (void)intake.file(path, member.executable ? EntryKind::executable : EntryKind::file, member.size,
                              [&](char* to, std::size_t n) { return archive.read(to, n); });
            break;
        case ArchiveMember::Kind::symlink:
            if (!stays_inside(path, member.target)) {
                refuse(what, member.path,
                       fmt::format("is a link to '{}', out of the archive", printable(member.target)));
            }
            intake.link(path, member.target);
            break;
        case ArchiveMember::Kind::hard_link:
            if (!intake.same_as(path, inner_path(what, member.target))) {
                refuse(what, member.path,
                       fmt::format("is another name for '{}', which is not before it",
                                   printable(member.target)));
            }
            break;
        case ArchiveMember::Kind::folder:
            intake.folder(path);
            break;
        case ArchiveMember::Kind::other:
            intake.skip(path, "it is neither file, folder nor link");
        }
        context.progress.advance(1, 0);
    }
}

} // namespace ds
