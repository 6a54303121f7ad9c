#include "dataset/export.hpp"

#include "base/path.hpp"
#include "dataset/card.hpp"
#include "dataset/inspect.hpp"
#include "os/beneath.hpp"
#include "os/file.hpp"
#include "registry/plain_objects.hpp"
#include "release/plain_copy.hpp"
#include "worktree/scan.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ds {

namespace {

bool is_archive(const ExportOptions& options) {
    return options.dest == "-" || is_archive_name(options.dest);
}

ExportResult export_view(VersionView& view, const ExportOptions& options, Context& context) {
    const ProgressScope progress(context.progress, "exporting", view.tree().entries, view.tree().bytes);
    if (view.tree().entries == 0) {
        throw Error(
            ErrorKind::failure, fmt::format("{} is empty; there is nothing to export", view.name()),
            fmt::format("dsctl versions {}/{}", view.resolved()->registry, view.resolved()->dataset.str()));
    }
    auto result = is_archive(options)            ? export_archive(view, options, context)
                  : is_objects_url(options.dest) ? export_objects(view, options, context)
                                                 : export_folder(view, options, context);
    result.dest = options.dest;
    return result;
}

ExportResult export_llmos(Session& session, const ExportOptions& options) {
    auto version = carded_version(session, options.ref);
    auto documents = card_for_llmos(
        version.card(), version.facts); // a card that is no card is said before anything is written
    auto below = options;
    if (!below.dest.ends_with('/')) {
        below.dest += '/';
    }
    below.dest += plain_prefix(version.facts.dataset, version.facts.version);
    below.dest.pop_back(); // its '/'
    auto result = export_view(version.view, below, session.context());
    result.documents = std::move(documents);
    return result;
}

/// Archives that others write: whoever names one does not want a folder.
void refuse_foreign_archive(const std::string& dest) {
    constexpr std::array foreign = {".zip", ".7z", ".rar", ".tar.bz2", ".tar.xz", ".tar.lz4", ".gz"};
    const bool named =
        std::any_of(foreign.begin(), foreign.end(), [&](const char* end) { return dest.ends_with(end); });
    if (!named || is_objects_url(dest) || path_exists(dest)) {
        return;
    }
    const auto stem = dest.substr(0, dest.find_last_of('.'));
    throw Error(
        ErrorKind::usage,
        fmt::format("'{}' is no archive that dsctl writes: those are .tar, .tar.gz, .tgz and .tar.zst",
                    printable(dest)),
        fmt::format("name {}.tar.gz; or {}/ for a folder of that name", printable(stem), printable(dest)));
}

} // namespace

ExportResult export_version(Session& session, const ExportOptions& options) {
    if (is_archive(options) && options.remove_others) {
        throw Error(ErrorKind::usage, "--delete is about folders and prefixes; an archive is written anew");
    }
    if (is_archive(options) && options.llmos) {
        throw Error(ErrorKind::usage, "--llmos is about folders and buckets; LLMOS reads no archives");
    }
    if (!is_archive(options)) {
        refuse_foreign_archive(options.dest);
    }
    if (options.llmos) {
        return export_llmos(session, options);
    }
    if (options.remove_others && is_objects_url(options.dest) && is_whole_bucket(options.dest)) {
        throw Error(ErrorKind::usage,
                    fmt::format("--delete would remove everybody's objects: {} is a whole bucket",
                                printable(options.dest)),
                    fmt::format("name a prefix of its own: dsctl export --delete {} {}/PREFIX",
                                options.ref.str(),
                                options.dest.substr(0, options.dest.find_last_not_of('/') + 1)));
    }
    auto view = VersionView::of_ref(session, options.ref);
    return export_view(view, options, session.context());
}

namespace {

/// What a folder has and the version has not. Folders that are empty then go, too.
std::uint64_t remove_others(VersionView& view, const std::string& dir, Context& context) {
    BeneathDir files(dir);
    const auto root = view.tree().root;
    std::uint64_t removed = 0;
    std::vector<std::string> gone;
    scan(dir, {}, context, [&](const ScanEntry& entry) {
        if (!tree_find(view.nodes(), root, entry.path)) {
            gone.emplace_back(entry.path);
        }
    });
    for (const auto& path : gone) {
        context.check_stop();
        if (files.lstat(path).kind == FileStat::Kind::directory) {
            if (tree_has_below(view.nodes(), root, path)) {
                continue; // to be filled
            }
            removed += files.remove_empty_dir(path) ? 1 : 0;
        } else {
            removed += files.remove(path) ? 1 : 0;
        }
        for (auto above = parent_path(path); !above.empty() && !tree_find(view.nodes(), root, above) &&
                                             !tree_has_below(view.nodes(), root, above);
             above = parent_path(above)) {
            if (!files.remove_empty_dir(above)) {
                break;
            }
        }
    }
    return removed;
}

} // namespace

ExportResult export_folder(VersionView& view, const ExportOptions& options, Context& context) {
    ExportResult result;
    make_dirs(options.dest);
    if (options.remove_others) {
        result.removed = remove_others(view, options.dest, context);
    }
    const auto wrote = write_tree(view.nodes(), view.tree().root, view.content(), options.dest, {}, context);
    result.written = wrote.written + wrote.folders;
    result.bytes = wrote.bytes;
    result.same = view.tree().entries - std::min(view.tree().entries, result.written);
    return result;
}

} // namespace ds
