// dsctl mount: a version as a read-only file system.
#include "dataset/mount.hpp"
#include "base/path.hpp"
#include "cli.hpp"
#include "mount/daemon.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

void print(Cli& cli, const MountedVersion& mounted) {
    if (cli.json()) {
        JsonDocument json(cli.out(), "mount");
        json.member("ref", Json(mounted.ref));
        json.bytes_member("directory", mounted.directory);
        json.member("already", Json(mounted.already));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(printable(mounted.directory));
    } else {
        cli.out().line(fmt::format("{} {} {}", mounted.ref, mounted.already ? "is mounted already on" : "on",
                                   printable(mounted.directory)));
    }
    cli.out().flush();
}

// What the process in the background says once it is ready: three fields that no path can run into.
std::string to_message(const MountedVersion& mounted) {
    return mounted.ref + '\0' + (mounted.already ? "1" : "0") + '\0' + mounted.directory;
}
MountedVersion from_message(const std::string& text) {
    const auto first = text.find('\0');
    const auto second = first == std::string::npos ? first : text.find('\0', first + 1);
    if (second == std::string::npos) {
        throw Error(ErrorKind::failure, "the mount in the background is of another dsctl");
    }
    return {text.substr(0, first), text.substr(second + 1),
            text.substr(first + 1, second - first - 1) == "1"};
}

int run_mount(Cli& cli, const Arguments& args) {
    if (!args.has("foreground")) {
        std::vector<std::string> words{"mount", "--foreground", "--no-input"};
        if (args.has("draft")) {
            words.emplace_back("--draft");
        }
        if (const auto jobs = cli.globals().jobs) {
            words.insert(words.end(), {"--jobs", std::to_string(*jobs)});
        }
        words.emplace_back("--");
        for (const auto& word : args.all()) {
            words.push_back(word);
        }
        const auto started = start_daemon(words, cli.context().stop);
        if (started.ready) {
            print(cli, from_message(started.message));
        }
        return started.exit_code;
    }
    MountOptions options;
    options.ref = cli.reference(*args.operand(0));
    options.dir = args.operand(1);
    options.draft = args.has("draft");
    Session& session = cli.session();
    options.jobs = cli.globals().jobs; // core.jobs among them, once there is a session
    mount_version(session, options, [&](const MountedVersion& mounted) {
        if (is_daemon()) {
            daemon_ready(to_message(mounted), mount_log_path());
        } else {
            print(cli, mounted);
        }
    });
    return 0;
}

} // namespace

CommandSpec command_mount() {
    return CommandSpec("mount", Group::share, 8,
                       "Show a version as a read-only file system, read as it is used")
        .flag(0, "foreground", "stay, and say on stderr what goes wrong; Ctrl-C unmounts")
        .flag(0, "draft", "allow a draft, as it is now")
        .operand("REF", Count::one, Complete::reference)
        .operand("DIR", Count::optional, Complete::folder)
        .json()
        .runs(run_mount);
}

} // namespace ds::cli
