#include "app.hpp"

#include "base/path.hpp"
#include "cli.hpp"
#include "help.hpp"
#include "os/file.hpp"
#include "os/missing_path.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <unistd.h>

namespace ds::cli {

namespace {

void change_directory(const std::string& dir) {
    if (chdir(dir.c_str()) != 0) {
        const int code = errno;
        throw Error(code == ENOENT || code == ENOTDIR ? ErrorKind::not_found : ErrorKind::failure,
                    fmt::format("cannot enter '{}': {}", printable(dir), std::strerror(code)),
                    code == ENOENT ? missing_path_hint(dir) : "ls -ld " + printable(dir));
    }
}

int run_command(const std::vector<CommandSpec>& commands, const Invocation& invocation, Cli& cli) {
    const auto& path = invocation.path;
    if (invocation.globals.version) {
        cli.out().line(version_line());
        return 0;
    }
    if (path.empty()) {
        cli.out().write(overview_text(commands, cli.style()));
        return 0;
    }
    if (invocation.globals.help) {
        cli.out().write(help_text(path, cli.style()));
        return 0;
    }
    const auto& spec = *path.back();
    if (!spec.children.empty()) {
        std::vector<std::string> names;
        names.reserve(spec.children.size());
        for (const auto& child : spec.children) {
            names.push_back(child.name);
        }
        throw Error(ErrorKind::usage,
                    fmt::format("dsctl {} needs a command of its own: {}", spec.name, fmt::join(names, ", ")),
                    "dsctl help " + spec.name);
    }
    return spec.run(cli, invocation.arguments);
}

/// What helps with errors of a kind that say nothing more exact themselves.
std::string general_hint(ErrorKind kind, const std::string& help) {
    switch (kind) {
    case ErrorKind::usage:
        return help;
    case ErrorKind::auth:
        return "dsctl help credentials";
    case ErrorKind::retry:
        return "run the same command again";
    case ErrorKind::locked:
        return "wait for the other command to end, then run the same command again";
    default:
        return "";
    }
}

} // namespace

int run(std::vector<std::string> argv, Signals& signals) {
    const auto terminal = Terminal::detect();
    StatusLine line(STDERR_FILENO);
    Globals globals;
    std::string help; // what to read when nothing better is known
    const auto report = [&](std::string_view message, std::string_view hint) {
        Notices(line, Style(want_color(globals.color, terminal.err, terminal.dumb)), false, false)
            .error(message, hint);
    };
    try {
        const auto commands = all_commands();
        const auto invocation = parse_command_line(commands, std::move(argv), globals);
        help = help_hint(invocation.path);
        if (globals.directory) {
            change_directory(*globals.directory);
        }
        Cli cli(globals, signals, line, terminal);
        try {
            const int code = run_command(commands, invocation, cli);
            cli.finish();
            return code;
        } catch (const BrokenPipe&) {
            throw;
        } catch (...) {
            // What was printed before the failure belongs before its message.
            try {
                cli.finish();
            } catch (const std::exception&) { // the first error is the one to tell
            }
            throw;
        }
    } catch (const BrokenPipe&) {
        return 0; // whoever read has seen enough
    } catch (const Error& error) {
        report(error.message(), error.hint().empty() ? general_hint(error.kind(), help) : error.hint());
        return exit_code(error.kind());
    } catch (const std::bad_alloc&) {
        report("out of memory", "");
    } catch (const std::exception& error) {
        report(printable(error.what()), "");
    }
    return exit_code(ErrorKind::failure);
}

} // namespace ds::cli
