// Creating, opening and unlocking folder registries.
#include "registry/buckets/folder.hpp"

#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/buckets/folder_kind.hpp"
#include "registry/buckets/folder_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/core.h>
#include <sys/stat.h>

namespace ds {

namespace {

constexpr std::string_view own_names[] = {"control", "data", "tmp", ".lock-control", ".lock-data"};

bool is_own(const std::string& name) {
    return std::find(std::begin(own_names), std::end(own_names), name) != std::end(own_names);
}

/// Nobody wants a registry's folders among other files, most likely in a mistyped place.
void refuse_foreign_folder(const std::string& root) {
    const auto names = list_dir(root);
    const bool ours = std::any_of(names.begin(), names.end(), is_own);
    const auto other = std::find_if(names.begin(), names.end(), [](const std::string& name) {
        return !is_own(name) && name != "lost+found" && !name.starts_with(".");
    });
    if (!ours && other != names.end()) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot make a registry of '{}': it holds '{}' and more", printable(root),
                                printable(*other)),
                    "name an empty or a new folder");
    }
}

/// The folders in which make_dirs(root) will have to write a name.
std::vector<std::string> missing_parents(std::string path) {
    std::vector<std::string> result;
    while (path != "/" && !path_exists(path)) {
        const auto slash = path.rfind('/');
        path = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        result.push_back(path);
        if (path == ".") {
            break;
        }
    }
    return result;
}

} // namespace

Buckets open_folder_buckets(const std::string& root, FolderClock clock) {
    return {folder::make_control(root), folder::make_data(root, std::move(clock))};
}

Buckets create_folder_buckets(const std::string& root, FolderClock clock) {
    const auto is_dir = [&](const char* name) {
        const auto st = try_lstat(root + "/" + name);
        return st && S_ISDIR(st->st_mode);
    };
    if (!is_dir("control") || !is_dir("data") || !is_dir("tmp")) {
        const auto above = missing_parents(root);
        make_dirs(root);
        refuse_foreign_folder(root);
        const auto mode = try_stat(root)->st_mode & 02777;
        for (const char* name : {".lock-control", ".lock-data"}) {
            // Whoever may write into the folder may lock it.
            const Fd fd = open_file(root + "/" + name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
            if (::fchmod(fd.get(), mode & 0666) != 0) {
                folder::throw_folder_error("cannot change the mode of", root + "/" + name, root);
            }
        }
        // "control" comes last: once it is there the folder counts as a registry.
        for (const char* name : {"tmp", "data", "control"}) {
            const auto path = root + "/" + name;
            const bool made = ::mkdir(path.c_str(), 0777) == 0;
            if (!made && errno != EEXIST) {
                folder::throw_folder_error("cannot create", path, root);
            }
            if (made && ::chmod(path.c_str(), mode) != 0) {
                folder::throw_folder_error("cannot change the mode of", path, root);
            }
        }
        sync_dir(root);
        for (const auto& path : above) {
            sync_dir(path);
        }
    }
    return open_folder_buckets(root, std::move(clock));
}

void unlock_folder_registry(const std::string& root) {
    namespace fs = std::filesystem;
    std::error_code error;
    for (fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error), end;
         !error && it != end; it.increment(error)) {
        if (it->is_regular_file(error) && !it->is_symlink(error)) {
            set_immutable(it->path().string(), false);
        }
    }
}

} // namespace ds
