// The session: mounted, served, unmounted.
#include "mount/fuse_mount.hpp"

#include "base/path.hpp"
#include "mount/fuse_requests.hpp"
#include "mount/mount_table.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdarg>
#include <cstring>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

namespace ds {

namespace {

constexpr unsigned max_threads = 32;
constexpr unsigned idle_threads = 8;
/// "SIGTERM unmounts": how long open files may keep the process after that.
constexpr std::chrono::milliseconds stop_patience{500};

std::string& fuse_complaint() {
    static thread_local std::string last;
    return last;
}

/// What libfuse has to say belongs into our error, not onto the terminal.
void keep_complaint(enum fuse_log_level level, const char* format, va_list arguments) {
    if (level > FUSE_LOG_ERR) {
        return;
    }
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string_view line(text.data());
    while (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.starts_with("fuse: ")) {
        line.remove_prefix(6);
    }
    fuse_complaint() = line;
}

bool on_path(std::string_view program) {
    auto path = env("PATH").value_or("/usr/bin:/bin");
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find(':', at), path.size());
        if (::access((path.substr(at, end - at) + "/" + std::string(program)).c_str(), X_OK) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

} // namespace

void require_fuse(const std::string& otherwise) {
    struct stat st {};
    if (::stat("/dev/fuse", &st) != 0) {
        throw Error(ErrorKind::failure,
                    fmt::format("this machine cannot mount: /dev/fuse: {}",
                                errno == ENOENT ? "no such file" : std::strerror(errno)),
                    otherwise);
    }
    if (::geteuid() != 0 && !on_path("fusermount3")) {
        throw Error(ErrorKind::failure,
                    "this machine cannot mount without root's rights: fusermount3 is not installed",
                    otherwise);
    }
}

struct FuseMount::Impl {
    FuseRequests requests;
    fuse_session* session = nullptr;
    bool mounted = false;
};

FuseMount::FuseMount(FolderView& view, ContentReader& content, FuseSettings settings, Log& log)
    : impl_(new Impl{{view, content, std::move(settings), log}}) {}

FuseMount::~FuseMount() {
    if (impl_->mounted) {
        fuse_session_unmount(impl_->session);
    }
    if (impl_->session != nullptr) {
        fuse_session_destroy(impl_->session);
    }
}

void FuseMount::mount() {
    fuse_set_log_func(keep_complaint);
    const auto operations = FuseRequests::operations();
    const FuseSettings& settings = impl_->requests.settings();
    std::vector<std::string> words{
        "dsctl", "-o",
        fmt::format("ro,nosuid,nodev,noatime,default_permissions,subtype=dsctl,fsname={},max_read={}",
                    settings.source, fuse_read_bytes)};
    std::vector<char*> argv;
    argv.reserve(words.size());
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    fuse_args arguments{static_cast<int>(argv.size()), argv.data(), 0};
    const auto fail = [&]() -> Error {
        const auto& why = fuse_complaint();
        return {ErrorKind::failure,
                fmt::format("cannot mount on '{}': {}", printable(settings.target),
                            why.empty() ? std::string("FUSE does not work") : printable(why)),
                "dsctl get " + settings.source.substr(0, settings.source.find('@'))};
    };
    fuse_complaint().clear();
    impl_->session = fuse_session_new(&arguments, &operations, sizeof operations, &impl_->requests);
    fuse_opt_free_args(&arguments);
    if (impl_->session == nullptr) {
        throw fail();
    }
    if (fuse_session_mount(impl_->session, settings.target.c_str()) != 0) {
        throw fail();
    }
    impl_->mounted = true;
}

void FuseMount::serve(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable over_changed;
    bool over = false;
    // Unmounting must not be done by a thread that answers requests.
    std::jthread watcher;
    const std::stop_callback on_stop(stop, [&] {
        impl_->requests.stop();
        watcher = std::jthread([&] {
            try {
                unmount_path(impl_->requests.settings().target, Detach::at_once);
            } catch (const std::exception& error) {
                impl_->requests.tell(error.what());
            }
            std::unique_lock lock(mutex);
            if (!over_changed.wait_for(lock, stop_patience, [&] { return over; })) {
                ::_exit(0); // files are open: the kernel would keep the connection until they are closed
            }
        });
    });
    fuse_loop_config* config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_clone_fd(config, 0);
    fuse_loop_cfg_set_max_threads(config, max_threads);
    fuse_loop_cfg_set_idle_threads(config, idle_threads);
    (void)fuse_session_loop_mt(impl_->session, config);
    fuse_loop_cfg_destroy(config);
    {
        std::lock_guard lock(mutex);
        over = true;
    }
    over_changed.notify_all();
}

} // namespace ds
