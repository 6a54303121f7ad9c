// dsctl show: one commit and what it changed.
#include "cli.hpp"
#include "dataset/known_signers.hpp"
#include "dataset/versions.hpp"
#include "diff_view.hpp"
#include "render.hpp"
#include "signature_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// The published versions here that stand on a commit, and who signed each of them.
struct SignedVersion {
    std::string version;
    std::optional<std::vector<SignatureLine>> signers;
};

std::vector<SignedVersion> signed_versions(Repository& repository, const std::vector<std::string>& names) {
    std::vector<SignedVersion> versions;
    for (const auto& name : names) {
        const auto tag = VersionName::valid(name) ? repository.history().published(VersionName(name))
                                                  : std::nullopt; // HEAD, lab/v1
        if (tag) {
            versions.push_back({name, known_signers(repository, tag->record)});
        }
    }
    return versions;
}

void print_signers(Cli& cli, const std::vector<SignedVersion>& versions) {
    bool any = false;
    for (const auto& version : versions) {
        for (const auto& line : version.signers.value_or(std::vector<SignatureLine>{})) {
            cli.out().line(fmt::format("Signed: {} by {}", version.version, signature_text(line)));
            any = true;
        }
    }
    if (any) {
        cli.out().line("");
    }
}

int run_show(Cli& cli, const Arguments& args) {
    auto& repository = cli.repository();
    const auto revision = version_word(args.operand(0).value_or("HEAD"));
    const auto form = diff_form(cli, args, DiffForm::stat);
    std::optional<LogCommit> found;
    LogOptions options;
    options.revisions = {repository.resolve(revision).hex()};
    options.limit = 1;
    options.judge_content = true;
    log(repository, options, [&](const LogCommit& commit) {
        found = commit;
        return false;
    });
    DiffRequest request;
    request.from_nothing = found->commit.data.parents.empty();
    if (!request.from_nothing) {
        request.a = found->commit.data.parents.front().hex();
    }
    request.b = found->commit.id.hex();

    const auto published = signed_versions(repository, found->names);
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "show");
        json->member("commit", commit_json(*found));
        json->begin_array("published");
        for (const auto& version : published) {
            json->item(Json::object()
                           .set("version", Json(version.version))
                           .set("signers", signers_json(version.signers)));
        }
        json->end_array();
        json->begin_array("changes");
    } else {
        cli.start_pager();
        if (cli.human()) {
            cli.out().write(commit_text(*found, cli.style()) + "\n");
            print_signers(cli, published);
        }
    }
    DiffView view(cli, form, json ? &*json : nullptr);
    diff(repository, request, [&](const DiffItem& item) { view.add(item); });
    view.finish();
    if (json) {
        json->end_array();
        view.sums(*json);
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_show() {
    return CommandSpec("show", Group::inspect, 3, "Show a commit and what it changed")
        .flag('p', "patch", "show changed text line by line")
        .flag(0, "stat", "one line per path, and sums (the default)")
        .flag(0, "name-status", "kind and path only")
        .operand("REV", Count::optional, Complete::version)
        .json()
        .nul()
        .runs(run_show);
}

} // namespace ds::cli
