// Randomness and the time of day, taken from the world whose actor runs. The library asks the system for both through these
// two functions, and the linker finds these definitions first.
#include "world.hpp"

#include <cstring>
#include <ctime>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" ssize_t getrandom(void* buffer, size_t length, unsigned flags) {
    auto* world = sim::current_world();
    if (world == nullptr) {
        return ::syscall(SYS_getrandom, buffer, length, flags);
    }
    for (size_t at = 0; at < length; at += sizeof(std::uint64_t)) {
        const auto number = world->random();
        std::memcpy(static_cast<char*>(buffer) + at, &number, std::min(length - at, sizeof number));
    }
    return static_cast<ssize_t>(length);
}

extern "C" int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
    const auto* world = sim::current_world();
    if (clock != CLOCK_REALTIME || world == nullptr) {
        return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    }
    *now = {static_cast<time_t>(world->actor_now()), 0};
    return 0;
}
