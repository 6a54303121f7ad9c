// FICLONE.
#include "os/clone.hpp"

#include "os/fd.hpp"

#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace ds {

bool clone_file(int from, int to, const std::string& to_path) {
    if (ioctl(to, FICLONE, from) == 0) {
        return true;
    }
    switch (errno) {
    case EOPNOTSUPP:
    case ENOTTY:
    case ENOSYS:
    case EXDEV:
    case EINVAL: // files of this kind cannot share, say because one is encrypted
    case EPERM:  // one of them is immutable or a swap file
    case ETXTBSY:
        return false;
    default:
        throw_errno("cannot clone to", to_path);
    }
}

} // namespace ds
