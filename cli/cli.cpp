#include "cli.hpp"

#include "base/context.hpp"
#include "base/path.hpp"
#include "base/relative_path.hpp"
#include "dataset/settings.hpp"
#include "os/file.hpp"
#include "os/processors.hpp"
#include "term/prompt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace ds::cli {

namespace {

/// More at once need more memory than a command may take unasked.
constexpr unsigned default_max_jobs = 16;

std::string without_dot_dots(std::string_view path) {
    std::string result = absolute_path(path);
    while (result.size() > 1 && result.ends_with('/')) {
        result.pop_back();
    }
    return result;
}

} // namespace

ProgressMode progress_mode(const Globals& globals, const Terminal& terminal) {
    if (globals.progress == "tty") {
        return ProgressMode::tty;
    }
    if (globals.progress == "plain") {
        return ProgressMode::plain;
    }
    if (globals.progress == "json") {
        return ProgressMode::json;
    }
    if (globals.progress == "none" || globals.quiet) {
        return ProgressMode::none;
    }
    return terminal.err && !terminal.dumb ? ProgressMode::tty : ProgressMode::plain;
}

Cli::Cli(const Globals& globals, Signals& signals, StatusLine& line, const Terminal& terminal)
    : globals_(globals), signals_(signals), line_(line), terminal_(terminal),
      style_(!globals.json && want_color(globals.color, terminal.out, terminal.dumb)),
      out_(STDOUT_FILENO, terminal.out && terminal.err ? &line : nullptr),
      notices_(line, Style(want_color(globals.color, terminal.err, terminal.dumb)), globals.quiet,
               env("DSCTL_TRACE").has_value()),
      progress_(progress_mode(globals, terminal), line, STDERR_FILENO),
      context_{notices_, progress_, signals.token(),
               globals.jobs ? *globals.jobs : std::min(usable_processors(), default_max_jobs)},
      pager_(signals) {}

Cli::~Cli() = default;

void Cli::warn(std::string_view message) {
    out_.flush();
    notices_.warn(message);
}

void Cli::info(std::string_view message) {
    out_.flush();
    notices_.info(message);
}

void Cli::hint(std::string_view message) {
    out_.flush();
    notices_.hint(message);
}

const std::string& Cli::repository_dir() {
    if (!repository_dir_) {
        repository_dir_ = Repository::discover(current_dir()).value_or("");
    }
    return *repository_dir_;
}

bool Cli::inside() {
    return !repository_dir().empty();
}

Session& Cli::session() {
    if (!session_) {
        session_ = std::make_unique<Session>(context_, repository_dir());
        if (const auto text = session_->config().get("core.jobs"); text && !globals_.jobs) {
            globals_.jobs = parse_jobs(*text); // as if it had been given
            context_.jobs = globals_.jobs.value_or(context_.jobs);
            if (!globals_.jobs) { // no reason to refuse everything, `config set` included
                warn(fmt::format("core.jobs is '{}', not a number from 1 to {}", printable(*text), max_jobs));
            }
        }
    }
    return *session_;
}

Repository& Cli::repository() {
    if (!repository_) {
        if (!inside()) {
            throw Error(ErrorKind::not_found, "this folder is not inside a dsctl checkout",
                        "dsctl init, or dsctl clone REF");
        }
        repository_ = std::make_unique<Repository>(session(), repository_dir());
        repository_->show_paths_from(prefix());
    }
    return *repository_;
}

Repository* Cli::repository_if_any() {
    return inside() ? &repository() : nullptr;
}

const std::string& Cli::prefix() {
    if (!prefix_) {
        const auto root = real_path(repository().root());
        const auto here = real_path(current_dir());
        prefix_ = ""; // also where DSCTL_DIR names a checkout elsewhere: paths are relative to its root
        if (here != root && (root == "/" || here.starts_with(root + "/"))) {
            prefix_ = here.substr(root == "/" ? 1 : root.size() + 1);
        }
    }
    return *prefix_;
}

namespace {

void refuse_empty(const std::string& typed) {
    if (typed.empty()) { // rm -r "$unset" shall not mean everything
        throw Error(ErrorKind::usage, "a path is empty", "for this folder and all below it: .");
    }
}

} // namespace

std::string path_in_version(const std::string& typed) {
    refuse_empty(typed);
    if (typed.starts_with('/')) {
        const auto inside = typed.find_first_not_of('/');
        throw Error(
            ErrorKind::usage,
            fmt::format("'{}' is absolute; paths in a version begin at its root", printable(typed)),
            fmt::format("write {}", inside == std::string::npos ? "." : printable(typed.substr(inside))));
    }
    return normalise_path("", typed);
}

std::string Cli::path(const std::string& typed) {
    return normalise_path("", any_path(typed));
}

std::string Cli::any_path(const std::string& typed) {
    refuse_empty(typed);
    if (!typed.starts_with('/')) {
        return join_below_root(prefix(), typed);
    }
    // The root may have been reached through a link; then the typed path may begin either way.
    const auto full = without_dot_dots(typed);
    for (const auto& root : {repository().root(), real_path(repository().root())}) {
        if (full == root) {
            return "";
        }
        const auto start = root == "/" ? root : root + "/";
        if (full.starts_with(start)) {
            return full.substr(start.size());
        }
    }
    throw Error(
        ErrorKind::usage,
        fmt::format("'{}' is outside of the checkout '{}'", printable(typed), printable(repository().root())),
        "name something inside of it, or another checkout with -C");
}

std::vector<std::string> Cli::paths(const std::vector<std::string>& typed) {
    std::vector<std::string> result;
    result.reserve(typed.size());
    for (const auto& word : typed) {
        result.push_back(path(word));
    }
    return result;
}

std::vector<std::string> Cli::paths_or_all(const std::vector<std::string>& typed) {
    return typed.empty() ? std::vector<std::string>{std::string()} : paths(typed);
}

std::string Cli::shown(std::string_view path) {
    return printable(relative_to(path, inside() ? prefix() : ""));
}

void Cli::print_path(std::string_view path) {
    if (nul()) {
        out_.write(path.empty() ? "." : path);
        out_.write(std::string_view("\0", 1));
    } else {
        out_.line(shown(path));
    }
}

DatasetRef Cli::reference(const std::string& word) {
    if (classify(word) == WordKind::reference) {
        auto ref = DatasetRef::parse(word);
        ref.registry =
            ref.registry.value_or(inside() ? repository().registry_alias() : session().default_registry());
        ref.ns = ref.ns.value_or(inside() ? repository().name().ns() : session().default_namespace());
        return ref;
    }
    DatasetRef ref;
    ref.registry = repository().registry_alias();
    ref.ns = repository().name().ns();
    ref.name = repository().name().name();
    ref.version = version_of(version_word(word));
    return ref;
}

std::string Cli::version_here(const std::string& word) {
    if (word == "HEAD" || word == "@") {
        return repository().history().current().name.str();
    }
    if (classify(word) != WordKind::reference) {
        return version_word(word);
    }
    const auto ref = reference(word);
    const bool here = DatasetName(*ref.ns, ref.name) == repository().name() &&
                      ref.registry == repository().registry_alias() && ref.version;
    if (!here) {
        throw Error(ErrorKind::usage, fmt::format("'{}' is no version of this dataset", printable(word)),
                    "dsctl clone " + printable(word) + ", for another dataset");
    }
    if (ref.digest) {
        (void)repository().resolve(word); // which holds version and digest against each other
    }
    return ref.version->str();
}

VersionName Cli::version_of(const std::string& word) {
    if (VersionName::valid(word)) {
        return VersionName(word);
    }
    auto& history = repository().history();
    const auto current = history.current();
    if (word == "HEAD" || word == "@") {
        return current.name;
    }
    const auto commit = repository().resolve(word);
    if (current.commit == commit) {
        return current.name;
    }
    for (const auto& version : history.versions()) {
        if (version.commit == commit) {
            return version.name;
        }
    }
    throw Error(ErrorKind::not_found,
                fmt::format("'{}' is commit {}, on which no version stands; registries know versions only",
                            printable(word), commit.short_hex()),
                "dsctl show " + printable(word));
}

bool Cli::interactive() const {
    return terminal_.in && terminal_.err && !terminal_.notebook && globals_.input && !env("DSCTL_NO_INPUT");
}

bool Cli::confirm(std::string_view question, bool otherwise) {
    if (globals_.yes) {
        return true;
    }
    if (!interactive()) {
        return otherwise;
    }
    out_.flush();
    return ask_yes_no(line_, context_.stop, question);
}

void Cli::start_pager() {
    if (terminal_.out && !terminal_.notebook && globals_.pager && !json() && !nul()) {
        pager_.start(out_);
    }
}

std::string Cli::edit(const std::string& initial) {
    return edit_text(signals_, initial);
}

void Cli::edit_in_place(const std::string& path, const std::string& otherwise) {
    out_.flush();
    edit_file(signals_, path, otherwise);
}

void Cli::finish() {
    try {
        out_.flush();
    } catch (...) {
        pager_.finish(out_);
        throw;
    }
    pager_.finish(out_);
    out_.finish();
}

} // namespace ds::cli
