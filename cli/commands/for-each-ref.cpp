// dsctl for-each-ref: every ref as git names it.
#include "base/path.hpp"
#include "cli.hpp"

namespace ds::cli {

namespace {

int run_for_each_ref(Cli& cli, const Arguments& args) {
    const auto prefix = args.operand(0).value_or("");
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "for-each-ref");
        json->begin_array("refs");
    }
    for (const auto& [name, commit] : cli.repository().history().all_refs()) {
        if (!name.starts_with(prefix)) {
            continue;
        }
        if (json) {
            Json item = Json::object();
            json->item(item.set("ref", Json(name)).set("commit", Json(commit.hex())));
        } else {
            cli.out().line(cli.quiet() ? name : commit.hex() + "\t" + printable(name));
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_for_each_ref() {
    return CommandSpec("for-each-ref", Group::plumbing, 6,
                       "List refs: drafts, published versions, registries' versions")
        .operand("PREFIX", Count::optional)
        .json()
        .runs(run_for_each_ref);
}

} // namespace ds::cli
