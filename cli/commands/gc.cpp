// dsctl gc: free what nothing refers to, in a checkout or in a registry.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/registry_upkeep.hpp"
#include "dataset/upkeep.hpp"
#include "duration.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

Json usage_json(const StoreUsage& usage) {
    Json json = Json::object();
    json.set("packs", Json(usage.packs)).set("pack_bytes", Json(usage.pack_bytes));
    return json.set("index_bytes", Json(usage.index_bytes)).set("objects", Json(usage.objects));
}

Json collected_json(const CollectedNamespace& done) {
    const auto& r = done.result;
    Json json = Json::object();
    json.set("namespace", Json(done.ns)).set("epoch", Json(r.epoch));
    json.set("heads", Json(r.heads)).set("records", Json(r.records)).set("packs_reached", Json(r.reached));
    json.set("garbage", Json(r.garbage)).set("garbage_bytes", Json(r.garbage_bytes));
    json.set("young", Json(r.young)).set("locked", Json(r.locked));
    json.set("condemned", Json(r.condemned)).set("condemned_bytes", Json(r.condemned_bytes));
    json.set("spared", Json(r.spared)).set("removed", Json(r.removed));
    json.set("waiting", Json(r.waiting)).set("waiting_bytes", Json(r.waiting_bytes));
    return json.set("due", r.due != 0 ? Json(rfc3339(r.due)) : Json());
}

void print_collected(Cli& cli, const CollectedNamespace& done, bool dry_run) {
    const auto& r = done.result;
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (r.removed > 0) {
        add("removed " + plural(r.removed, "object"));
    }
    if (r.condemned > 0) {
        add(fmt::format("{} {} ({})", dry_run ? "would condemn" : "condemned", plural(r.condemned, "object"),
                        human_bytes(r.condemned_bytes)));
    }
    if (r.waiting > 0) {
        add(fmt::format("{} ({}) may go from {} on", plural(r.waiting, "object"),
                        human_bytes(r.waiting_bytes), rfc3339(r.due)));
    }
    if (r.young > 0) {
        add(fmt::format("{} younger than the grace period", grouped(r.young)));
    }
    if (r.locked > 0) {
        add(fmt::format("{} locked", grouped(r.locked)));
    }
    cli.out().line(fmt::format("{}: {}", done.ns, text.empty() ? "nothing to free" : text));
}

int collect_in_registry(Cli& cli, const Arguments& args) {
    if (args.has("drop-held") || args.value("keep-days")) {
        throw Error(ErrorKind::usage,
                    "--drop-held and --keep-days are about a checkout, --registry is about a registry");
    }
    CollectRegistryOptions options;
    options.registry = *args.value("registry");
    options.ns = args.value("namespace");
    options.dry_run = args.has("dry-run");
    if (const auto grace = args.value("grace")) {
        const auto seconds = parse_duration(*grace);
        if (!seconds) {
            throw Error(ErrorKind::usage, fmt::format("'{}' is no duration", printable(*grace)),
                        "--grace 14d, 36h or 90m");
        }
        options.grace = *seconds;
    }
    const auto result = collect_registry(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "gc-registry");
        json.member("dry_run", Json(options.dry_run));
        json.member("registry", Json(options.registry));
        json.begin_array("namespaces");
        for (const auto& done : result) {
            json.item(collected_json(done));
        }
        json.end_array();
        json.finish();
    } else if (!cli.quiet()) {
        for (const auto& done : result) {
            print_collected(cli, done, options.dry_run);
        }
    }
    return 0;
}

int run_gc(Cli& cli, const Arguments& args) {
    if (args.value("registry")) {
        return collect_in_registry(cli, args);
    }
    if (args.value("namespace") || args.value("grace")) {
        throw Error(ErrorKind::usage, "--namespace and --grace need --registry", "dsctl gc --registry NAME");
    }
    GcOptions options;
    options.dry_run = args.has("dry-run");
    options.drop_held = args.has("drop-held");
    options.reflog_days =
        static_cast<std::int64_t>(std::min<std::uint64_t>(args.number("keep-days").value_or(30), 36500));
    const auto result = gc(cli.repository(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "gc");
        json.member("dry_run", Json(options.dry_run));
        json.member("packs_removed", Json(result.swept.packs_removed));
        json.member("packs_rewritten", Json(result.swept.packs_rewritten));
        json.member("objects_removed", Json(result.swept.objects_removed));
        json.member("bytes_freed", Json(result.swept.bytes_freed));
        json.member("before", usage_json(result.before));
        json.member("after", usage_json(result.after));
        json.finish();
    } else if (!cli.quiet()) {
        cli.out().line(fmt::format("{} {}: {} in {}; {} left", options.dry_run ? "would free" : "freed",
                                   human_bytes(result.swept.bytes_freed),
                                   plural(result.swept.objects_removed, "object"),
                                   plural(result.swept.packs_removed + result.swept.packs_rewritten, "pack"),
                                   human_bytes(result.after.pack_bytes)));
    }
    return 0;
}

} // namespace

CommandSpec command_gc() {
    return CommandSpec("gc", Group::upkeep, 2, "Free space that nothing in this checkout refers to")
        .flag('n', "dry-run", "only say what would be freed")
        .flag(0, "drop-held", "also local content that a registry verifiably has")
        .option(0, "registry", "NAME", "free space in this registry instead", Complete::registry)
        .option(0, "namespace", "NS", "with --registry: in this namespace only")
        .option(0, "grace", "DURATION",
                "with --registry: spare what is younger, and wait so long before anything "
                "is removed; default: 14d")
        .option(0, "keep-days", "N", "keep commits that the reflog of the last N days mentions; default: 30")
        .json()
        .runs(run_gc);
}

} // namespace ds::cli
