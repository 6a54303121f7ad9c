// Bodies of puts: memory and files.
#include "base/path.hpp"
#include "os/fd.hpp"
#include "registry/bucket.hpp"

#include <cstring>
#include <fmt/core.h>

namespace ds {

void MemoryBody::read(std::uint64_t offset, char* buffer, std::size_t n) const {
    if (offset > bytes_.size() || n > bytes_.size() - offset) {
        throw Error(ErrorKind::failure, "a read went beyond the end of a body");
    }
    if (n > 0) {
        std::memcpy(buffer, bytes_.data() + offset, n);
    }
}

void FileBody::read(std::uint64_t offset, char* buffer, std::size_t n) const {
    if (pread_full(fd_, buffer, n, offset, path_) != n) {
        throw Error(ErrorKind::failure,
                    fmt::format("'{}' became shorter while it was sent", printable(path_)));
    }
}

} // namespace ds
