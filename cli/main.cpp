// dsctl: signals first, then the command line.
#include "app.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace {

/// A closed stdin, stdout or stderr must not become the descriptor of some file that dsctl opens.
void occupy_standard_descriptors() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) {
            _exit(128);
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    occupy_standard_descriptors();
    ds::cli::Signals signals;
    return ds::cli::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), signals);
}
