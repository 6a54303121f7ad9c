// dsctl status: what the next commit holds, what it does not, and what dsctl does not know.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/work.hpp"
#include "render.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

#include <map>

namespace ds::cli {

namespace {

/// People read the beginning of a list; the rest is counted. --short and --json list everything.
constexpr std::size_t shown_changes = 100;
constexpr std::size_t shown_warnings = 20;
/// Beyond so many staged changes --short gives a path that is also changed in the work tree two lines.
constexpr std::size_t paired_limit = 300'000;

class Warnings {
  public:
    explicit Warnings(Cli& cli) : cli_(cli) {}
    void operator()(const std::string& path, const std::string& why) {
        if (cap_.next()) {
            cli_.warn(fmt::format("'{}': {}", cli_.shown(path), why));
        }
    }
    void finish() {
        if (cap_.hidden() > 0) {
            cli_.warn(fmt::format("{} more like this", grouped(cap_.hidden())));
        }
    }

  private:
    Cli& cli_;
    Capped cap_{shown_warnings};
};

// ---- for people -------------------------------------------------------------------------------

void print_head(Cli& cli, const StatusHead& head) {
    auto& out = cli.out();
    const auto name = cli.style().bold(head.current.name.str());
    out.line(fmt::format("On {} {} of {}",
                         head.current.state == VersionState::draft ? "draft" : "published version", name,
                         head.dataset.str()));
    if (head.way_on) {
        out.line(fmt::format("{} was published meanwhile by somebody else: dsctl pull brings it, and what "
                             "was not published goes on with "
                             "{}",
                             head.current.name.str(), *head.way_on));
    }
    const auto ahead = head.ahead.value_or(0);
    const auto behind = head.behind.value_or(0);
    if (ahead > 0 && behind > 0) {
        out.line(fmt::format("{} ahead of {}, {} behind  (dsctl pull)", plural(ahead, "commit"),
                             *head.registry, behind));
    } else if (behind > 0) {
        out.line(fmt::format("{} behind {}  (dsctl pull)", plural(behind, "commit"), *head.registry));
    } else if (ahead > 0) {
        out.line(fmt::format("{} ahead of {}  (dsctl push)", plural(ahead, "commit"), *head.registry));
    }
    if (head.referenced_files > 0) {
        out.line(
            fmt::format("Not held: {} ({}) in the work tree only, as store.large-files says  (dsctl push)",
                        plural(head.referenced_files, "large file"), human_bytes(head.referenced_bytes)));
    }
    if (head.partial) {
        out.line("This is a partial clone: paths outside of its patterns are not here");
    }
    if (head.merging) {
        out.line(fmt::format(
            "\nA merge waits for {}:  (dsctl merge --ours | --theirs | --abort, or resolve, add and commit)",
            plural(head.conflicts.size(), "conflict")));
        Capped cap(shown_changes);
        for (const auto& conflict : head.conflicts) {
            if (cap.next()) {
                out.line(
                    fmt::format("  {}  ({})", cli.style().red(cli.shown(conflict.path)), conflict.reason));
            }
        }
        if (cap.hidden() > 0) {
            out.line(fmt::format("  ... and {} more", grouped(cap.hidden())));
        }
    }
}

class ChangeList {
  public:
    ChangeList(Cli& cli, std::string title, bool staged)
        : cli_(cli), title_(std::move(title)), staged_(staged) {}
    void operator()(const Change& change) {
        if (cap_.count() == 0) {
            cli_.out().line("\n" + title_);
        }
        if (!cap_.next()) {
            return;
        }
        auto what = padded(std::string(change_word(change.kind)) + ":", 14) +
                    (change.old_path.empty() ? "" : cli_.shown(change.old_path) + " -> ") +
                    cli_.shown(change.path);
        const auto& entry = change.after ? change.after : change.before;
        if (entry && entry->kind == EntryKind::empty_dir) {
            what += "/";
        }
        if (change.after && change.after->kind != EntryKind::empty_dir &&
            change.kind != ChangeKind::renamed) {
            what += "  " + human_bytes(change.after->size);
        }
        cli_.out().line("  " + (staged_ ? cli_.style().green(what) : cli_.style().red(what)));
    }
    std::size_t finish() {
        if (cap_.hidden() > 0) {
            cli_.out().line(
                fmt::format("  ... and {} more  (dsctl status -s lists all)", grouped(cap_.hidden())));
        }
        return cap_.count();
    }

  private:
    Cli& cli_;
    std::string title_;
    bool staged_;
    Capped cap_{shown_changes};
};

void print_long(Cli& cli, const std::vector<std::string>& paths) {
    auto& repository = cli.repository();
    const auto head = status_head(repository);
    print_head(cli, head);

    ChangeList staged(cli, "To be committed:  (dsctl restore --staged PATH takes it back)", true);
    staged_changes(repository, paths, true, [&](const Change& change) { staged(change); });
    const auto staged_count = staged.finish();

    // A published version takes nothing in; the way on stands at the end.
    const bool draft = head.current.state == VersionState::draft;
    ChangeList unstaged(cli,
                        draft ? "Not staged:  (dsctl add PATH takes it in, dsctl restore PATH gives it up)"
                              : "Changed:  (dsctl restore PATH gives it up)",
                        false);
    std::vector<std::string> untracked;
    Capped cap(shown_changes);
    Warnings warnings(cli);
    StatusVisitor visitor;
    visitor.unstaged = [&](const Change& change) { unstaged(change); };
    visitor.untracked = [&](const std::string& path) {
        if (cap.next()) {
            untracked.push_back(path);
        }
    };
    visitor.warning = [&](const std::string& path, const std::string& why) { warnings(path, why); };
    StatusOptions options;
    options.paths = paths;
    repository.worktree().status(options, cli.context(), visitor);
    const auto unstaged_count = unstaged.finish();
    if (!untracked.empty()) {
        cli.out().line(draft ? "\nUntracked:  (dsctl add PATH takes it in)" : "\nUntracked:");
        for (const auto& path : untracked) {
            const bool folder = path.ends_with('/');
            const auto shown =
                cli.shown(folder ? path.substr(0, path.size() - 1) : path) + (folder ? "/" : "");
            cli.out().line("  " + cli.style().red(shown));
        }
        if (cap.hidden() > 0) {
            cli.out().line(
                fmt::format("  ... and {} more  (dsctl status -s lists all)", grouped(cap.hidden())));
        }
    }
    warnings.finish();
    if (staged_count > 0 || unstaged_count > 0 || !untracked.empty() || head.merging) {
        if (head.current.state == VersionState::published) {
            cli.hint(fmt::format("{} cannot change; to go on: {}", head.current.name.str(),
                                 cli.repository().next_draft_command(head.current.name)));
        }
        return;
    }
    if (head.current.state == VersionState::draft && !head.current.commit) {
        cli.out().line(
            "\nNo commits yet, and no files  (put files here, then: dsctl add . && dsctl commit -m MESSAGE)");
    } else if (head.way_on) {
        cli.out().line("\nNothing to commit");
    } else if (head.current.state == VersionState::draft) {
        cli.out().line("\nNothing to commit  (dsctl publish seals this draft)");
    } else {
        cli.out().line(fmt::format("\nNothing changed  (to go on: {})",
                                   cli.repository().next_draft_command(head.current.name)));
    }
}

// ---- short: "XY path", as in git ---------------------------------------------------------------

class ShortLines {
  public:
    explicit ShortLines(Cli& cli) : cli_(cli) {}

    void staged(const Change& change) {
        if (staged_.size() < paired_limit) {
            staged_.emplace(change.path, Code{static_cast<char>(change.kind), change.old_path});
        } else {
            line(static_cast<char>(change.kind), ' ', change.path, change.old_path);
        }
    }
    void unstaged(const Change& change) {
        const auto it = staged_.find(change.path);
        if (it == staged_.end()) {
            line(' ', static_cast<char>(change.kind), change.path, change.old_path);
            return;
        }
        line(it->second.kind, static_cast<char>(change.kind), change.path, it->second.old_path);
        staged_.erase(it);
    }
    void untracked(const std::string& path) { line('?', '?', path, ""); }
    /// Staged changes that nothing else happened to.
    void finish() {
        for (const auto& [path, code] : staged_) {
            line(code.kind, ' ', path, code.old_path);
        }
    }

  private:
    struct Code {
        char kind;
        std::string old_path;
    };
    void line(char x, char y, const std::string& path, const std::string& old_path) {
        auto& out = cli_.out();
        if (cli_.nul()) {
            out.write(fmt::format("{}{} {}", x, y, path));
            out.write(std::string_view("\0", 1));
            if (!old_path.empty()) {
                out.write(old_path);
                out.write(std::string_view("\0", 1));
            }
            return;
        }
        const bool folder = path.ends_with('/');
        const auto shown = cli_.shown(folder ? path.substr(0, path.size() - 1) : path) + (folder ? "/" : "");
        const auto code = x == '?'
                              ? cli_.style().red("??")
                              : cli_.style().green(std::string(1, x)) + cli_.style().red(std::string(1, y));
        out.line(code + " " + (old_path.empty() ? "" : cli_.shown(old_path) + " -> ") + shown);
    }

    Cli& cli_;
    std::map<std::string, Code> staged_;
};

void print_short(Cli& cli, const std::vector<std::string>& paths) {
    auto& repository = cli.repository();
    ShortLines lines(cli);
    staged_changes(repository, paths, true, [&](const Change& change) { lines.staged(change); });
    Warnings warnings(cli);
    StatusVisitor visitor;
    visitor.unstaged = [&](const Change& change) { lines.unstaged(change); };
    visitor.untracked = [&](const std::string& path) { lines.untracked(path); };
    visitor.warning = [&](const std::string& path, const std::string& why) { warnings(path, why); };
    StatusOptions options;
    options.paths = paths;
    repository.worktree().status(options, cli.context(), visitor);
    lines.finish();
    warnings.finish();
}

// ---- --json ------------------------------------------------------------------------------------

void print_json(Cli& cli, const std::vector<std::string>& paths) {
    auto& repository = cli.repository();
    const auto head = status_head(repository);
    JsonDocument json(cli.out(), "status");
    json.member("dataset", Json(head.dataset.str()));
    json.member("version", Json(head.current.name.str()));
    json.member("state", Json(state_word(head.current.state)));
    json.member("commit", head.current.commit ? Json(head.current.commit->hex()) : Json());
    json.member("registry", json_or_null(head.registry));
    json.member("ahead", head.ahead ? Json(*head.ahead) : Json());
    json.member("behind", head.behind ? Json(*head.behind) : Json());
    json.member("partial", Json(head.partial));
    json.member("referenced_files", Json(head.referenced_files));
    json.member("referenced_bytes", Json(head.referenced_bytes));
    json.member("merging", Json(head.merging));
    json.begin_array("conflicts");
    for (const auto& conflict : head.conflicts) {
        json.item(conflict_json(conflict));
    }
    json.end_array();
    json.begin_array("staged");
    staged_changes(repository, paths, true, [&](const Change& change) { json.item(change_json(change)); });
    json.end_array();
    json.begin_array("unstaged");
    std::vector<std::string> untracked;
    std::vector<std::pair<std::string, std::string>> warned;
    StatusVisitor visitor;
    visitor.unstaged = [&](const Change& change) { json.item(change_json(change)); };
    visitor.untracked = [&](const std::string& path) { untracked.push_back(path); };
    visitor.warning = [&](const std::string& path, const std::string& why) {
        if (warned.size() < 1000) {
            warned.emplace_back(path, why);
        }
    };
    StatusOptions options;
    options.paths = paths;
    repository.worktree().status(options, cli.context(), visitor);
    json.end_array();
    json.paths_member("untracked", untracked);
    json.reasons_member("warnings", warned);
    json.finish();
}

int run_status(Cli& cli, const Arguments& args) {
    const auto paths = cli.paths_or_all(args.all());
    if (cli.json()) {
        print_json(cli, paths);
    } else if (args.has("short") || cli.nul() || cli.quiet()) {
        print_short(cli, paths);
    } else {
        print_long(cli, paths);
    }
    return 0;
}

} // namespace

CommandSpec command_status() {
    return CommandSpec("status", Group::work, 5, "Show what is staged, changed and untracked")
        .flag('s', "short", "one line per path: XY PATH, X staged, Y in the work tree, ?? untracked")
        .operand("PATH", Count::any, Complete::path)
        .json()
        .nul()
        .runs(run_status);
}

} // namespace ds::cli
