// dsctl gc: free what nothing refers to.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/upkeep.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

Json usage_json(const StoreUsage& usage) {
    Json json = Json::object();
    json.set("packs", Json(usage.packs)).set("pack_bytes", Json(usage.pack_bytes));
    return json.set("index_bytes", Json(usage.index_bytes)).set("objects", Json(usage.objects));
}

int run_gc(Cli& cli, const Arguments& args) {
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
        .flag(0, "drop-held", "also local content that the registry holds under a locked record")
        .option(0, "keep-days", "N", "keep commits that the reflog of the last N days mentions; default: 30")
        .json()
        .runs(run_gc);
}

} // namespace ds::cli
