// dsctl rev-parse: revisions as ids, for scripts.
#include "base/path.hpp"
#include "cli.hpp"

namespace ds::cli {

namespace {

int run_rev_parse(Cli& cli, const Arguments& args) {
    auto& repository = cli.repository();
    const auto words = args.all();
    if (args.has("show-root")) {
        if (!words.empty()) {
            throw Error(ErrorKind::usage, "--show-root takes no revision");
        }
        if (cli.json()) {
            JsonDocument json(cli.out(), "rev-parse");
            json.bytes_member("root", repository.root());
            json.finish();
        } else {
            cli.out().line(repository.root());
        }
        return 0;
    }
    if (words.empty()) {
        throw Error(ErrorKind::usage, "REV is missing", "dsctl rev-parse HEAD");
    }
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "rev-parse");
        json->begin_array("revisions");
    }
    const auto print = [&](const std::string& word, bool excluded) {
        const auto commit = repository.resolve(version_word(word));
        const auto tree = repository.tree_of(commit);
        if (json) {
            Json item = Json::object();
            item.set("revision", Json(word)).set("commit", Json(commit.hex()));
            json->item(item.set("tree", Json(tree.root.hex())).set("excluded", Json(excluded)));
        } else {
            cli.out().line((excluded ? "^" : "") + (args.has("tree")    ? tree.root.hex()
                                                    : args.has("short") ? commit.short_hex()
                                                                        : commit.hex()));
        }
    };
    for (const auto& word : words) {
        if (const auto range = split_range(word)) { // as git: what it ends with, and what it leaves out
            print(range->second, false);
            print(range->first, true);
        } else {
            print(word, false);
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_rev_parse() {
    return CommandSpec("rev-parse", Group::plumbing, 1, "Print the commit that a revision names")
        .flag(0, "short", "ten digits only")
        .flag(0, "tree", "the root of the tree instead of the commit")
        .flag(0, "show-root", "the folder of the checkout instead")
        .operand("REV", Count::any, Complete::version)
        .json()
        .runs(run_rev_parse);
}

} // namespace ds::cli
