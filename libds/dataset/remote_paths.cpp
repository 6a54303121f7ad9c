// rm, mv and mkdir on a draft in a registry.
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/remote_edit.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t most_listed = 10'000;

/// A path for messages; the root is ".".
std::string shown(const std::string& path) {
    return path.empty() ? "." : printable(path);
}

[[noreturn]] void no_such_path(const DatasetRef& ref, const std::string& path) {
    throw Error(ErrorKind::not_found, fmt::format("there is no '{}' in {}", shown(path), ref.str()),
                "dsctl ls --in " + ref.str());
}

/// Entries at or below a path, in order.
void for_each_below(NodeSource& nodes, const Sha256& root, const std::string& path,
                    const std::function<void(const std::string&, const Entry&)>& visit) {
    TreeCursor cursor(nodes, root);
    cursor.seek(path);
    if (!path.empty() && cursor.valid() && cursor.path() == path) {
        visit(cursor.path(), cursor.entry());
        return;
    }
    const auto prefix = path.empty() ? std::string() : path + "/";
    for (cursor.seek(prefix); cursor.valid() && cursor.path().starts_with(prefix); cursor.next()) {
        visit(cursor.path(), cursor.entry());
    }
}

/// A folder whose last entry goes stays, empty.
void keep_folder(DraftEditor& editor, const std::string& folder,
                 const std::function<bool(const std::string&)>& goes) {
    if (folder.empty()) {
        return;
    }
    const auto prefix = folder + "/";
    TreeCursor cursor(editor.nodes(), editor.base().root);
    for (cursor.seek(prefix); cursor.valid() && cursor.path().starts_with(prefix); cursor.next()) {
        if (!goes(cursor.path())) {
            return;
        }
    }
    editor.put(folder, Entry{EntryKind::empty_dir, 0, {}});
}

std::vector<std::string> outermost(std::vector<std::string> paths) {
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    std::vector<std::string> out;
    for (auto& path : paths) {
        const bool within =
            std::any_of(out.begin(), out.end(), [&](const auto& other) { return is_within(path, other); });
        if (!within) {
            out.push_back(std::move(path));
        }
    }
    return out;
}

std::string names_of(const std::vector<std::string>& paths) {
    return paths.size() == 1 ? shown(paths.front()) : fmt::format("{} paths", paths.size());
}

std::string or_else(const std::string& message, const std::string& otherwise) {
    return message.empty() ? otherwise : message;
}

/// Thrown out of an edit that is only to be looked at.
struct OnlyLooked {};

} // namespace

RemoteRemove remote_rm(Session& session, const DatasetRef& ref, const std::vector<std::string>& given,
                       bool recursive, bool dry_run, const std::string& message) {
    RemoteRemove result;
    const auto paths = outermost(given);
    RemoteEdit edit;
    edit.ref = ref;
    edit.message = or_else(message, "Remove " + names_of(paths));
    edit.edit = [&](DraftEditor& editor) {
        const auto root = editor.base().root;
        for (const auto& path : paths) {
            const auto file = path.empty() ? std::nullopt : tree_find(editor.nodes(), root, path);
            if (!file && (editor.base().entries == 0 ||
                          !(path.empty() || tree_has_below(editor.nodes(), root, path)))) {
                no_such_path(ref, path);
            }
            if (!recursive && !(file && file->kind != EntryKind::empty_dir)) {
                throw Error(ErrorKind::usage,
                            fmt::format("'{}' is a folder; it is only removed with -r", shown(path)),
                            fmt::format("dsctl rm -r --in {} {}", ref.str(), shown(path)));
            }
        }
        for (const auto& path : paths) {
            for_each_below(editor.nodes(), root, path, [&](const std::string& at, const Entry& entry) {
                session.context().check_stop();
                if (result.paths.size() < most_listed) {
                    result.paths.push_back(at);
                }
                ++result.count;
                result.bytes += entry.size;
                if (!dry_run) {
                    editor.remove(at);
                }
            });
        }
        if (dry_run) {
            throw OnlyLooked{};
        }
        for (const auto& path : paths) {
            const std::string folder(parent_path(path));
            const bool goes_too = std::any_of(paths.begin(), paths.end(),
                                              [&](const auto& other) { return is_within(folder, other); });
            if (!goes_too) {
                keep_folder(editor, folder, [&](const std::string& at) {
                    return std::any_of(paths.begin(), paths.end(),
                                       [&](const auto& other) { return is_within(at, other); });
                });
            }
        }
    };
    try {
        result.commit = edit_draft(session, edit);
    } catch (const OnlyLooked&) {
    }
    return result;
}

RemoteMove remote_mv(Session& session, const DatasetRef& ref, const std::string& from,
                     const std::string& wanted_to, const std::string& message) {
    RemoteMove result;
    RemoteEdit edit;
    edit.ref = ref;
    edit.message = or_else(message, fmt::format("Move {} to {}", printable(from), printable(wanted_to)));
    edit.edit = [&](DraftEditor& editor) {
        auto& nodes = editor.nodes();
        const auto root = editor.base().root;
        const auto is_folder = [&](const std::string& path) {
            const auto entry = tree_find(nodes, root, path);
            return entry ? entry->kind == EntryKind::empty_dir : tree_has_below(nodes, root, path);
        };
        const auto exists = [&](const std::string& path) {
            return tree_find(nodes, root, path) || tree_has_below(nodes, root, path);
        };
        if (from.empty()) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is the whole version and cannot be moved", shown(from)));
        }
        if (editor.base().entries == 0 || !exists(from)) {
            no_such_path(ref, from);
        }
        auto to = wanted_to;
        const bool into = to.ends_with('/');
        if (into) {
            to.pop_back();
        }
        if (to.empty() || is_folder(to)) {
            to += (to.empty() ? "" : "/") + std::string(base_name(from));
        } else if (into && tree_find(nodes, root, from)) {
            throw Error(ErrorKind::not_found,
                        fmt::format("there is no folder '{}' in {}", printable(to), ref.str()),
                        fmt::format("dsctl mkdir --in {} {}", ref.str(), printable(to)));
        }
        if (is_within(to, from)) {
            throw Error(ErrorKind::usage,
                        to == from ? fmt::format("'{}' is there already", printable(from))
                                   : fmt::format("'{}' cannot be moved into itself", printable(from)));
        }
        if (exists(to)) {
            throw Error(ErrorKind::conflict, fmt::format("'{}' exists in {}", printable(to), ref.str()),
                        fmt::format("dsctl rm {}--in {} {}", tree_has_below(nodes, root, to) ? "-r " : "",
                                    ref.str(), printable(to)));
        }
        for_each_below(nodes, root, from, [&](const std::string& at, const Entry& entry) {
            session.context().check_stop();
            editor.remove(at);
            editor.put(to + at.substr(from.size()), entry);
        });
        const std::string folder(parent_path(from));
        if (!is_within(to, folder)) {
            keep_folder(editor, folder, [&](const std::string& at) { return is_within(at, from); });
        }
        result.to = to;
    };
    result.commit = edit_draft(session, edit);
    return result;
}

RemoteCommit remote_mkdir(Session& session, const DatasetRef& ref, const std::vector<std::string>& paths,
                          const std::string& message) {
    RemoteEdit edit;
    edit.ref = ref;
    edit.message = or_else(message, "Make folder " + names_of(paths));
    edit.edit = [&](DraftEditor& editor) {
        for (const auto& path : paths) {
            if (!path.empty()) {
                editor.put(path, Entry{EntryKind::empty_dir, 0, {}});
            }
        }
    };
    return edit_draft(session, edit);
}

} // namespace ds
