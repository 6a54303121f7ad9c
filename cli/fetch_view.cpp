#include "fetch_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

void fetched_members(JsonDocument& json, const std::vector<FetchedVersion>& fetched) {
    json.begin_array("fetched");
    for (const auto& version : fetched) {
        Json item = Json::object();
        item.set("registry", Json(version.registry)).set("version", Json(version.version));
        item.set("state", Json(version.state));
        item.set("before", version.before.empty() ? Json() : Json(version.before));
        json.item(item.set("after", version.after.empty() ? Json() : Json(version.after)));
    }
    json.end_array();
}

bool print_fetched(Cli& cli, const std::vector<FetchedVersion>& fetched) {
    bool any = false;
    for (const auto& version : fetched) {
        if (cli.quiet()) {
            cli.out().line(version.version);
            continue;
        }
        if (!version.changed) {
            continue;
        }
        any = true;
        const auto moved = version.before.empty()  ? "new"
                           : version.after.empty() ? "gone"
                                                   : fmt::format("{}..{}", version.before.substr(0, 10),
                                                                 version.after.substr(0, 10));
        cli.out().line(
            fmt::format("  {}/{}  {}  {}", version.registry, version.version, version.state, moved));
    }
    return any;
}

} // namespace ds::cli
