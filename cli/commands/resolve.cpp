// dsctl resolve: what a reference names, exactly.
#include "base/path.hpp"
#include "base/units.hpp"
#include "card/facts.hpp"
#include "cli.hpp"
#include "dataset/inspect.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string uri_of(const ResolvedVersion& version) {
    VersionFacts facts;
    facts.registry_url = version.registry_url;
    facts.dataset = version.dataset;
    facts.version = version.version;
    facts.digest = version.digest;
    return version_uri(facts);
}

void print_json(Cli& cli, const ResolvedVersion& version, const std::string& exact) {
    JsonDocument json(cli.out(), "resolve");
    json.member("ref", Json(exact));
    json.member("registry", Json(version.registry));
    json.member("registry_url", Json(version.registry_url));
    json.member("registry_id", Json(version.registry_id));
    json.member("dataset", Json(version.dataset.str()));
    json.member("name", Json(version.dataset.str()));
    json.member("version", Json(version.version));
    json.member("state", Json(version.published ? "published" : "draft"));
    json.member("digest", version.digest ? Json(digest_str(*version.digest)) : Json());
    json.member("mlflow_digest", version.digest ? Json(short_digest(version.digest)) : Json());
    json.member("uri", Json(uri_of(version)));
    json.member("commit", version.commit.empty() ? Json() : Json(version.commit));
    json.member("tree", version.commit.empty() ? Json() : Json(version.roots.tree.root.hex()));
    json.member("entries", Json(version.roots.tree.entries));
    json.member("bytes", Json(version.roots.tree.bytes));
    json.member("manifest", version.manifest ? Json(version.manifest->text()) : Json());
    Json origin;
    if (version.origin) {
        origin = Json::object();
        origin.set("ref", Json(version.origin->ref));
        origin.set("digest",
                   version.origin->digest.is_zero() ? Json() : Json(digest_str(version.origin->digest)));
    }
    json.member("origin", origin);
    json.member("sequence", version.record ? Json(version.record->record.sequence) : Json());
    json.member("author", Json(version.author));
    json.member("message", Json(version.message));
    json.member("time", Json(rfc3339(version.time)));
    json.member("deprecated", version.deprecated.empty() ? Json() : Json(version.deprecated));
    json.finish();
}

void print_human(Cli& cli, const ResolvedVersion& version, const std::string& exact) {
    auto& out = cli.out();
    const auto field = [&](std::string_view name, const std::string& value) {
        out.line(fmt::format("{:<10} {}", name, value));
    };
    field("ref", cli.style().bold(exact));
    field("state", version.published ? "published" : "draft");
    field("registry", fmt::format("{} ({})", version.registry, printable(version.registry_url)));
    if (!version.commit.empty()) {
        field("commit", version.commit);
        field("holds", fmt::format("{}, {}", plural(version.roots.tree.entries, "entry", "entries"),
                                   human_bytes(version.roots.tree.bytes)));
    } else {
        field("holds", "nothing yet");
    }
    if (version.origin) {
        field("origin", printable(version.origin->ref));
    }
    field("by", fmt::format("{}, {}", printable(version.author), rfc3339(version.time)));
    if (!version.message.empty()) {
        field("message", printable(version.message));
    }
    if (!version.deprecated.empty()) {
        field("deprecated", cli.style().red(printable(version.deprecated)));
    }
}

int run_resolve(Cli& cli, const Arguments& args) {
    const auto word = args.operand(0);
    if (!word) {
        (void)cli.repository(); // says that this is no checkout
    }
    const auto ref = cli.reference(word ? *word : cli.repository().history().current().name.str());
    const auto version = resolve_ref(cli.session(), ref);
    auto exact = fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
    if (version.digest) {
        exact += "@" + digest_str(*version.digest);
    }
    if (cli.json()) {
        print_json(cli, version, exact);
    } else if (cli.quiet()) {
        cli.out().line(exact);
    } else {
        print_human(cli, version, exact);
    }
    return 0;
}

} // namespace

CommandSpec command_resolve() {
    return CommandSpec("resolve", Group::inspect, 7, "Show what a reference names: registry, version, digest")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_resolve);
}

} // namespace ds::cli
