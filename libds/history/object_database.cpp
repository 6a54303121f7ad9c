// The backend for loose objects, as a table of C callbacks: none of them lets an exception out.
#include "history/object_database.hpp"

#include "base/number.hpp"
#include "history/inflate.hpp"
#include "history/object_text.hpp"
#include "os/file.hpp"

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

namespace ds::git {

namespace {

/// A header, and what stored blocks add.
constexpr std::size_t overhead_bytes = 4096;

struct LooseBackend {
    git_odb_backend parent{}; ///< first: libgit2 knows the address of this
    std::string objects_dir;
};

LooseBackend& self(git_odb_backend* backend) {
    return *reinterpret_cast<LooseBackend*>(backend);
}

/// Runs a callback's body; errors become libgit2's.
template <class Body>
int guarded(Body body) noexcept {
    try {
        return body();
    } catch (const Error& error) {
        git_error_set_str(error.kind() == ErrorKind::corrupt ? GIT_ERROR_ODB : GIT_ERROR_OS,
                          error.message().c_str());
    } catch (const std::exception& error) {
        git_error_set_str(GIT_ERROR_NOMEMORY, error.what());
    }
    return GIT_ERROR;
}

std::optional<StoredObject> read_loose(const std::string& objects_dir, const git_oid& oid) {
    const auto file = try_read_file(loose_path(objects_dir, oid), max_object_bytes + overhead_bytes);
    if (!file) {
        return std::nullopt;
    }
    const std::string what = "its file";
    const auto data = inflate_zlib(*file, max_object_bytes + overhead_bytes, what);
    const auto space = data.find(' ');
    const auto nul = data.find('\0');
    if (nul == std::string::npos || space > nul) {
        throw CorruptObject("its file has no header");
    }
    const auto type = git_object_string2type(data.substr(0, space).c_str());
    const auto size = parse_number(std::string_view(data).substr(space + 1, nul - space - 1));
    if (type == GIT_OBJECT_INVALID || git_object_typeisloose(type) == 0 || size != data.size() - nul - 1) {
        throw CorruptObject("its file has a wrong header");
    }
    return StoredObject{type, data.substr(nul + 1)};
}

int read(void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend,
         const git_oid* oid) noexcept {
    return guarded([&]() -> int {
        const auto object = read_loose(self(backend).objects_dir, *oid);
        if (!object) {
            return GIT_ENOTFOUND;
        }
        const auto n = object->bytes.size();
        auto* buffer = static_cast<char*>(git_odb_backend_data_alloc(backend, n + 1));
        if (buffer == nullptr) {
            return GIT_ERROR;
        }
        object->bytes.copy(buffer, n);
        buffer[n] = '\0'; // libgit2's parsers like to find one
        *data = buffer;
        *size = n;
        *type = object->type;
        return 0;
    });
}

int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* oid) noexcept {
    return guarded([&]() -> int {
        const auto object = read_loose(self(backend).objects_dir, *oid);
        if (!object) {
            return GIT_ENOTFOUND;
        }
        *size = object->bytes.size();
        *type = object->type;
        return 0;
    });
}

int exists(git_odb_backend* backend, const git_oid* oid) noexcept {
    return guarded([&] { return path_exists(loose_path(self(backend).objects_dir, *oid)) ? 1 : 0; }) == 1 ? 1
                                                                                                          : 0;
}

int exists_prefix(git_oid* found, git_odb_backend* backend, const git_oid* prefix,
                  std::size_t digits) noexcept {
    return guarded([&]() -> int {
        const auto wanted = to_id(*prefix).hex().substr(0, digits);
        const auto dir = self(backend).objects_dir + "/" + wanted.substr(0, 2);
        std::string match;
        if (path_exists(dir)) {
            for (const auto& name : list_dir(dir)) {
                if (name.size() == GIT_OID_HEXSZ - 2 && name.starts_with(wanted.substr(2))) {
                    if (!match.empty()) {
                        git_error_set_str(GIT_ERROR_ODB, "several objects begin like that");
                        return GIT_EAMBIGUOUS;
                    }
                    match = wanted.substr(0, 2) + name;
                }
            }
        }
        return match.empty() ? static_cast<int>(GIT_ENOTFOUND) : git_oid_fromstr(found, match.c_str());
    });
}

int read_prefix(git_oid* found, void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* prefix, std::size_t digits) noexcept {
    const int code = exists_prefix(found, backend, prefix, digits);
    return code < 0 ? code : read(data, size, type, backend, found);
}

void add(git_odb* odb, git_odb_backend* backend, int priority) {
    if (const int code = git_odb_add_backend(odb, backend, priority); code < 0) {
        backend->free(backend);
        throw error_of(code, "cannot open the history");
    }
}

} // namespace

OdbHandle open_objects(const std::string& objects_dir) {
    git_odb* raw = nullptr;
    check(git_odb_new(&raw), "cannot open the history");
    OdbHandle odb(raw);
    git_odb_backend* packs = nullptr;
    check(git_odb_backend_pack(&packs, objects_dir.c_str()), "cannot open the history");
    add(raw, packs, 2);
    auto loose = std::make_unique<LooseBackend>();
    check(git_odb_init_backend(&loose->parent, GIT_ODB_BACKEND_VERSION), "cannot open the history");
    loose->objects_dir = objects_dir;
    loose->parent.read = &read;
    loose->parent.read_prefix = &read_prefix;
    loose->parent.read_header = &read_header;
    loose->parent.exists = &exists;
    loose->parent.exists_prefix = &exists_prefix;
    loose->parent.free = [](git_odb_backend* backend) { delete &self(backend); };
    add(raw, &loose.release()->parent, 1);
    return odb;
}

std::string loose_path(const std::string& objects_dir, const git_oid& oid) {
    const auto hex = to_id(oid).hex();
    return objects_dir + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

std::string loose_bytes(git_object_t type, ByteView bytes) {
    auto data = fmt::format("{} {}", git_object_type2string(type), bytes.size());
    data.push_back('\0');
    data += bytes;
    return store_zlib(data);
}

} // namespace ds::git
