#include "dataset/mount.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/inspect.hpp"
#include "dataset/signing.hpp"
#include "dataset/upkeep.hpp"
#include "dataset/uses.hpp"
#include "mount/fuse_mount.hpp"
#include "mount/mount_table.hpp"
#include "os/file.hpp"

#include <fmt/format.h>

#include <malloc.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace ds {

namespace {

constexpr unsigned default_patience_s = 60;
/// Requests at once unless told otherwise, whatever the processors: readers wait for the network.
constexpr unsigned read_jobs = 8;

std::string home() {
    return env("HOME").value_or("/");
}

std::chrono::milliseconds patience(Session& session) {
    return std::chrono::seconds(session.config().get_seconds("mount.timeout").value_or(default_patience_s));
}

ResolvedVersion resolve_for_mount(Session& session, const MountOptions& options) {
    auto version = resolve_ref(session, options.ref);
    const auto name = fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
    if (!version.published && !options.draft) {
        throw Error(ErrorKind::not_found,
                    fmt::format("{} is a draft; what is mounted should not change", name),
                    fmt::format("dsctl mount --draft {} shows it as it is now", name));
    }
    if (version.commit.empty()) {
        throw Error(ErrorKind::not_found, fmt::format("{} holds nothing yet", name),
                    fmt::format("dsctl put {} FILE", name));
    }
    require_signers(session, version);
    warn_if_deprecated(session, version);
    return version;
}

/// The folder to mount on, made if need be; whether that version is mounted there already.
bool prepare_target(const std::string& target, const std::string& exact) {
    while (is_dead_mount(target)) {
        const auto dead = mounted_at(target);
        if (!dead || dead->kind != mount_kind) {
            throw Error(ErrorKind::failure,
                        fmt::format("'{}' is a dead mount, not of dsctl", printable(target)),
                        "fusermount3 -u " + printable(target));
        }
        unmount_path(target, Detach::at_once);
    }
    if (const auto mounted = mounted_at(target); mounted && mounted->kind == mount_kind) {
        if (mounted->source == exact) {
            return true;
        }
        throw Error(ErrorKind::conflict,
                    fmt::format("'{}' has {} mounted", printable(target), printable(mounted->source)),
                    fmt::format("dsctl unmount {}", printable(target)));
    }
    make_dirs(target);
    if (!list_dir(target).empty()) {
        throw Error(ErrorKind::conflict, fmt::format("'{}' is not empty", printable(target)),
                    "name an empty folder: dsctl mount REF DIR");
    }
    return false;
}

/// Chunks come in by one thread and go by another: with a pool of the allocator's for each, what one has freed the others
/// cannot use, and the process becomes half as large again.
void share_memory_pools() noexcept {
#ifdef M_ARENA_MAX
    (void)::mallopt(M_ARENA_MAX, 2);
#endif
}

} // namespace

std::string mount_log_path() {
    return state_dir() + "/mount.log";
}

void mount_version(Session& session, const MountOptions& options,
                   const std::function<void(const MountedVersion&)>& ready) {
    // A server that is silent must not keep a reader waiting for longer than its own tries may last.
    session.set_patience(patience(session));
    const unsigned jobs = options.jobs.value_or(read_jobs);
    session.set_connections(jobs);
    const auto version = resolve_for_mount(session, options);
    auto exact = fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
    if (version.digest) {
        exact += "@" + digest_str(*version.digest);
    }
    const auto target = mount_path(options.dir.value_or(home() + "/datasets/" + version.dataset.name()));
    (void)record_use_setting(session); // a malformed one is told before anything is mounted
    require_fuse(fmt::format("dsctl get {}/{}:{}", version.registry, version.dataset.str(), version.version));
    if (prepare_target(target, exact)) {
        ready({exact, target, true});
        return;
    }

    share_memory_pools();
    BlockCache cache(block_cache_dir(), session.config().get_bytes("cache.max-size").value_or(0));
    RegistryVersion source(session.registry(version.registry), version.dataset.ns(), version.roots);
    source.nodes().reader().use_cache(&cache);
    FolderView view(source.nodes(), jobs);
    ContentReader content(view, {.jobs = jobs});

    FuseSettings settings;
    settings.target = target;
    settings.source = exact;
    settings.digest = version.digest;
    settings.time = version.time;
    settings.entries = version.roots.tree.entries;
    settings.bytes = version.roots.tree.bytes;
    settings.patience = patience(session);
    FuseMount mount(view, content, settings, session.context().log);
    mount.mount();
    const auto recording = record_use_setting(session);
    const auto use = use_of(session, version, "mount");
    if (recording != RecordUse::no) {
        record_use_here(session, use);
    }
    ready({exact, target, false});
    // Nobody who reads waits for this.
    std::jthread recorder;
    if (recording == RecordUse::everywhere) {
        auto bucket_settings = session.bucket_settings(version.registry);
        recorder = std::jthread([&, bucket_settings] {
            record_use_there(version.registry, version.registry_url, bucket_settings, use,
                             session.context().log);
        });
    }
    mount.serve(session.context().stop);
}

void unmount_version(const std::string& dir) {
    const auto target = mount_path(dir);
    const bool dead = is_dead_mount(target);
    const auto mounted = mounted_at(target);
    if (!mounted || mounted->kind != mount_kind) {
        throw Error(ErrorKind::not_found, fmt::format("no version is mounted on '{}'", printable(dir)),
                    "findmnt -t fuse.dsctl");
    }
    unmount_path(target, dead ? Detach::at_once : Detach::when_unused);
}

} // namespace ds
