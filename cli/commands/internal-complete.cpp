// dsctl __complete KIND: words that only this machine knows, for the completion scripts. Never fails: a shell
// that completes has no use for an error.
#include "cli.hpp"
#include "dataset/settings.hpp"
#include "dataset/versions.hpp"
#include "dataset/visible.hpp"

#include <set>

namespace ds::cli {

namespace {

void print_versions(Cli& cli) {
    for (const auto& row : versions(cli.repository())) {
        cli.out().line(row.version);
    }
}

int run_complete(Cli& cli, const Arguments& args) {
    const auto kind = *args.operand(0);
    try {
        if (kind == "registry") {
            for (const auto& entry : cli.session().registries()) {
                cli.out().line(entry.alias);
            }
        } else if (kind == "config_key") {
            std::set<std::string> keys;
            for (const auto& value : cli.session().config().list()) {
                keys.insert(value.key);
            }
            for (const auto& key : known_settings()) {
                if (key.find("NAME") == std::string::npos) {
                    keys.insert(key);
                }
            }
            for (const auto& key : keys) {
                cli.out().line(key);
            }
        } else if (kind == "version" && cli.inside()) {
            print_versions(cli);
        } else if (kind == "reference") {
            if (cli.inside()) {
                print_versions(cli);
            }
            auto& session = cli.session();
            auto& registry = session.registry(session.default_registry());
            for (const auto& dataset :
                 visible_datasets(registry, {}, {session.default_namespace()}).datasets) {
                cli.out().line(dataset.str());
            }
        }
    } catch (const Error&) {
    }
    return 0;
}

} // namespace

CommandSpec command_internal_complete() {
    return CommandSpec("__complete", Group::plumbing, 90, "Print words for completion")
        .operand("KIND", Count::one)
        .hide()
        .runs(run_complete);
}

} // namespace ds::cli
