// Gathering loose objects in a pack: a commit writes three of them, and ten thousand commits would stay thirty
// thousand files.
#include "base/error.hpp"
#include "base/hex.hpp"
#include "history/history_impl.hpp"
#include "history/object_database.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <git2/sys/odb_backend.h>

namespace ds {

namespace {

bool is_hex(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

std::vector<git_oid> loose_objects(const std::string& objects_dir) {
    std::vector<git_oid> out;
    for (const auto& dir : list_dir(objects_dir)) {
        if (dir.size() != 2 || !is_hex(dir)) {
            continue;
        }
        for (const auto& name : list_dir(objects_dir + "/" + dir)) {
            if (name.size() == GIT_OID_HEXSZ - 2 && is_hex(name)) {
                out.push_back(git::to_oid(CommitId(dir + name)));
            }
        }
    }
    return out;
}

/// The object database without its loose objects.
git::OdbHandle open_packs(const std::string& objects_dir) {
    git_odb* raw = nullptr;
    git::check(git_odb_new(&raw), "cannot open the history");
    git::OdbHandle odb(raw);
    git_odb_backend* packs = nullptr;
    git::check(git_odb_backend_pack(&packs, objects_dir.c_str()), "cannot open the history");
    if (const int code = git_odb_add_backend(raw, packs, 1); code < 0) {
        packs->free(packs);
        throw git::error_of(code, "cannot open the history");
    }
    return odb;
}

} // namespace

std::uint64_t History::pack_objects(std::size_t at_least) {
    const auto objects_dir = impl_->path + "/objects";
    auto loose = loose_objects(objects_dir);
    if (loose.size() < at_least) {
        return 0;
    }
    std::erase_if(loose, [&](const git_oid& oid) {
        try {
            return !git::read_object(impl_->odb.get(), oid);
        } catch (const CorruptObject&) { // for fsck to find where it lies
            return true;
        }
    });
    git_packbuilder* raw = nullptr;
    git::check(git_packbuilder_new(&raw, impl_->repository.get()), "cannot pack the history");
    const git::PackbuilderHandle builder(raw);
    git_packbuilder_set_threads(raw, 1);
    for (const auto& oid : loose) {
        git::check(git_packbuilder_insert(raw, &oid, nullptr), "cannot pack the history");
    }
    // Syncs the pack, its index and their folder (GIT_OPT_ENABLE_FSYNC_GITDIR).
    git::check(git_packbuilder_write(raw, nullptr, 0, nullptr, nullptr), "cannot pack the history");
    // Only what can be read from the pack goes away as a file; whatever stops this leaves both.
    const auto packs = open_packs(objects_dir);
    std::uint64_t packed = 0;
    for (const auto& oid : loose) {
        if (git::read_object(packs.get(), oid)) {
            remove_file(git::loose_path(objects_dir, oid));
            ++packed;
        }
    }
    git::check(git_odb_refresh(impl_->odb.get()), "cannot read the history");
    return packed;
}

} // namespace ds
