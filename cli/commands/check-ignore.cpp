// dsctl check-ignore: which paths are ignored, and by what rule.
#include "base/path.hpp"
#include "cli.hpp"
#include "os/walk.hpp"
#include "worktree/ignore.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string nul_joined(const std::vector<std::string>& fields) {
    std::string text;
    for (const auto& field : fields) {
        text += field;
        text += '\0';
    }
    return text;
}

int run_check_ignore(Cli& cli, const Arguments& args) {
    auto& repository = cli.repository();
    auto rules = repository.worktree().ignore_rules();
    const bool verbose = args.has("verbose");
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "check-ignore");
        json->begin_array("paths");
    }
    bool any = false;
    for (const auto& typed : args.all()) {
        const auto path = cli.any_path(typed); // .git as well, which is ignored
        const bool folder = path.empty() || typed.ends_with('/') ||
                            lstat_path(repository.root() + "/" + path).kind == FileStat::Kind::directory;
        const auto match = path.empty() ? std::nullopt
                                        : rules.explain(path, folder ? IgnoreFile::Target::folder
                                                                     : IgnoreFile::Target::file);
        const bool ignored = match && !match->negated;
        any = any || ignored;
        if (json) {
            Json item = Json::object();
            set_bytes(item, "path", path);
            item.set("ignored", Json(ignored));
            if (match) {
                set_bytes(item, "source", match->source);
                item.set("line", Json(match->line));
                set_bytes(item, "pattern", match->pattern);
            }
            json->item(item);
        } else if (verbose && match) {
            const std::string where =
                match->line > 0 ? fmt::format("{}:{}", match->source, match->line) : match->source;
            if (cli.nul()) {
                cli.out().write(
                    nul_joined({match->source, std::to_string(match->line), match->pattern, path}));
            } else {
                cli.out().line(
                    fmt::format("{}:{}\t{}", printable(where), printable(match->pattern), cli.shown(path)));
            }
        } else if (ignored) {
            cli.print_path(path);
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return any ? 0 : 1;
}

} // namespace

CommandSpec command_check_ignore() {
    return CommandSpec("check-ignore", Group::work, 9,
                       "Show which paths are ignored; exit status 1 if none is")
        .flag('v', "verbose", "show the rule that decides: FILE:LINE:PATTERN")
        .operand("PATH", Count::some, Complete::path)
        .json()
        .nul()
        .runs(run_check_ignore);
}

} // namespace ds::cli
