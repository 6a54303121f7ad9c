// dsctl commit: what is staged becomes a commit of the draft.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/merge_state.hpp"
#include "dataset/work.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// The message from -m, from the commit that is amended, or from an editor.
std::string message_of(Cli& cli, const Arguments& args, const CommitOptions& options) {
    const auto given = args.values("message");
    std::string message;
    for (const auto& paragraph : given) {
        message += (message.empty() ? "" : "\n\n") + paragraph;
    }
    if (!given.empty()) {
        if (message.find_first_not_of(" \t\n") == std::string::npos) {
            throw Error(ErrorKind::usage, "the commit message is empty", "dsctl commit -m MESSAGE");
        }
        return message;
    }
    auto& repository = cli.repository();
    const auto current = repository.history().current();
    std::string initial;
    if (options.amend && current.commit) {
        initial = repository.history().read_commit(*current.commit).data.message;
    } else if (const auto merge = load_merge(repository)) {
        initial = fmt::format("Merge {} into {}\n", printable(merge->version), current.name.str());
    }
    // Nothing is asked for a commit that cannot be.
    if (!options.all && !options.amend && !options.allow_empty && initial.empty() &&
        repository.worktree().staged().root == repository.head_tree().root) {
        throw Error(ErrorKind::differs, "nothing to commit: what is staged equals the last commit",
                    "dsctl add PATH");
    }
    if (!cli.interactive() || cli.globals().yes) {
        if (initial.empty()) {
            throw Error(ErrorKind::usage, "a commit needs a message", "dsctl commit -m MESSAGE");
        }
        return initial;
    }
    auto text = cli.edit(fmt::format("{}\n# The message of a commit to draft {} of {}.\n"
                                     "# Lines that begin with '#' are left out; an empty message gives up.\n",
                                     initial, current.name.str(), repository.name().str()));
    if (text.find_first_not_of(" \t\n") == std::string::npos) {
        throw Error(ErrorKind::usage, "not committed: the message is empty", "dsctl commit -m MESSAGE");
    }
    return text;
}

int run_commit(Cli& cli, const Arguments& args) {
    CommitOptions options;
    options.all = args.has("all");
    options.amend = args.has("amend");
    options.allow_empty = args.has("allow-empty");
    options.message = message_of(cli, args, options);
    auto& repository = cli.repository();
    const auto result = commit(repository, options);
    const auto message = repository.history().read_commit(result.id).data.message;
    if (cli.json()) {
        JsonDocument json(cli.out(), "commit");
        json.member("commit", Json(result.id.hex()));
        json.member("parent", result.parent ? Json(result.parent->hex()) : Json());
        json.member("version", Json(result.version.str()));
        json.member("tree", Json(result.tree.root.hex()));
        json.member("entries", Json(result.tree.entries));
        json.member("bytes", Json(result.tree.bytes));
        json.member("added", Json(result.added));
        json.member("modified", Json(result.modified));
        json.member("deleted", Json(result.deleted));
        json.member("message", Json(message));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(result.id.hex());
    } else {
        cli.out().line(fmt::format("[{} {}] {}", cli.style().green(result.version.str()),
                                   cli.style().yellow(result.id.short_hex()), subject(message)));
        cli.out().line(
            fmt::format(" {}; {} in all, {}", counts_text(result.added, result.modified, result.deleted),
                        plural(result.tree.entries, "entry", "entries"), human_bytes(result.tree.bytes)));
    }
    return 0;
}

} // namespace

CommandSpec command_commit() {
    return CommandSpec("commit", Group::work, 8, "Record what is staged in the draft")
        .flag('a', "all", "stage changes and deletions of tracked files first")
        .options_of('m', "message", "MESSAGE", "what this commit does; repeated: paragraphs")
        .flag(0, "amend", "replace the last commit of the draft")
        .flag(0, "allow-empty", "commit even if nothing changed")
        .json()
        .runs(run_commit);
}

} // namespace ds::cli
