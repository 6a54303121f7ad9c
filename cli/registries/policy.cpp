#include "registries/policy.hpp"

#include "dataset/session.hpp"
#include "registries/choice.hpp"
#include "registry/policy.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_policy(Cli& cli, const Arguments& args) {
    const auto entry = registry_entry(cli, chosen_registry(cli, args));
    const auto ns = args.value("namespace").value_or(cli.session().default_namespace());
    const Grants grants{args.values("reader"), args.values("writer"), args.values("publisher"),
                        args.values("collector"), args.has("record-use")};
    const auto policies = bucket_policies(entry.url, cli.session().bucket_settings(entry.alias), ns, grants);
    const auto only = args.value("bucket");
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-policy");
        json.member("data_bucket", Json(policies.data_bucket));
        json.member("data", policies.data);
        json.member("control_bucket", Json(policies.control_bucket));
        json.member("control", policies.control);
        json.finish();
        return 0;
    }
    const auto print = [&](const std::string& kind, const std::string& bucket, const Json& policy) {
        if (only && *only != kind) {
            return;
        }
        if (!only) {
            cli.out().line(fmt::format("# {} bucket {}", kind, bucket));
        }
        cli.out().line(policy.dump(true));
    };
    print("data", policies.data_bucket, policies.data);
    print("control", policies.control_bucket, policies.control);
    if (!only) {
        cli.hint(
            "give each bucket its policy with an S3 tool, as its owner: --bucket data prints that one alone");
    }
    return 0;
}

} // namespace

CommandSpec registry_policy_command() {
    return CommandSpec("policy", "Print the bucket policies that give users their roles in a namespace")
        .option(0, "namespace", "NS", "which; default: as for references")
        .options_of(0, "reader", "USER", "may read")
        .options_of(0, "writer", "USER", "may read, and push drafts")
        .options_of(0, "publisher", "USER", "may write, and publish")
        .options_of(0, "collector", "USER", "may read, and remove what nothing reaches")
        .flag(0, "record-use", "all of them may note that they used a version")
        .choice(0, "bucket", "KIND", {"data", "control"}, "print one policy alone")
        .operand("NAME", Count::optional, Complete::registry)
        .json()
        .runs(run_policy);
}

} // namespace ds::cli
