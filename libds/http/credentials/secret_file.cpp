#include "http/credentials/secret_file.hpp"

#include "os/fd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {

void refuse_readable(const std::string& path) {
    throw Error(ErrorKind::auth, "'" + path + "' holds keys and can be read by others", "chmod 600 " + path);
}

std::optional<SecretText> read_secret_file(const std::string& path, SecretFile rule) {
    // Not blocking: what should be a file may be a pipe that nobody writes.
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        throw_errno("cannot open", path);
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        throw_errno("cannot read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorKind::auth, "'" + path + "' is not a file");
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        throw Error(ErrorKind::auth,
                    "'" + path + "' belongs to another user, who could change the keys in it");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw Error(ErrorKind::auth,
                    "'" + path + "' can be written by others, who could change the keys in it",
                    "chmod 600 " + path);
    }
    const bool read_by_others = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    if (read_by_others && (rule == SecretFile::own || (rule == SecretFile::mounted && status.st_uid != 0))) {
        refuse_readable(path);
    }
    if (status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) > max_secret_file_bytes) {
        throw Error(ErrorKind::auth, "'" + path + "' is too large to hold keys");
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    text.resize(read_full(file.get(), text.data(), text.size(), path));
    SecretText out{Secret(text), read_by_others};
    explicit_bzero(text.data(), text.size());
    return out;
}

} // namespace ds
