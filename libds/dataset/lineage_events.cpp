// Lineage in OpenLineage's words. A run that names itself by a UUID keeps it; others get one that is the same every time.
#include "card/exports.hpp"
#include "dataset/lineage.hpp"

#include "base/hex.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(),
                      [](char c, char f) { return f == 'x' ? hex_digit(c) >= 0 : c == f; });
}

/// MLflow's run ids are UUIDs without dashes.
std::string run_uuid(const UseRecord& use) {
    auto id = use.run ? use.run->id : std::string();
    if (is_uuid(id)) {
        return id;
    }
    const bool bare =
        id.size() == 32 && std::all_of(id.begin(), id.end(), [](char c) { return hex_digit(c) >= 0; });
    if (bare) {
        return fmt::format("{}-{}-{}-{}-{}", id.substr(0, 8), id.substr(8, 4), id.substr(12, 4),
                           id.substr(16, 4), id.substr(20));
    }
    return uuid_of(use.run ? use.run->source + "\n" + id : use.text());
}

Json dataset_of(const LineageStep& step) {
    if (step.facts) {
        return openlineage_dataset(nullptr, *step.facts);
    }
    return Json::object().set("namespace", Json("dsctl")).set("name", Json(step.ref));
}

} // namespace

std::vector<Json> lineage_events(const Lineage& lineage) {
    std::vector<Json> events;
    const auto& facts = lineage.facts;
    const auto dataset = openlineage_dataset(nullptr, facts);
    {
        auto inputs = Json::array();
        if (!lineage.from.empty()) {
            inputs.push(dataset_of(lineage.from.front()));
        }
        auto event = openlineage_event(facts.time, "RunEvent");
        event.set("eventType", Json("COMPLETE"));
        event.set("run", Json::object().set("runId", Json(uuid_of(version_uri(facts)))));
        event.set("job", Json::object()
                             .set("namespace", Json("dsctl"))
                             .set("name", Json(fmt::format("{}.{}", facts.dataset.str(),
                                                           facts.published ? "publish" : "commit"))));
        event.set("inputs", std::move(inputs)).set("outputs", Json::array().push(dataset));
        events.push_back(std::move(event));
    }
    for (auto use = lineage.uses.rbegin(); use != lineage.uses.rend(); ++use) {
        auto facet = openlineage_facet("2-0-2/OpenLineage.json", "RunFacet");
        facet.set("action", Json(use->action)).set("user", Json(use->user)).set("host", Json(use->host));
        if (use->run) {
            facet.set("source", Json(use->run->source)).set("id", Json(use->run->id));
        }
        auto event = openlineage_event(use->time, "RunEvent");
        event.set("eventType", Json("OTHER"));
        event.set("run", Json::object()
                             .set("runId", Json(run_uuid(*use)))
                             .set("facets", Json::object().set("dsctl_use", std::move(facet))));
        const bool named = use->run && !use->run->job.empty();
        event.set("job", Json::object()
                             .set("namespace", Json(use->run ? use->run->source : "dsctl"))
                             .set("name", Json(named ? use->run->job : use->user + "@" + use->host)));
        events.push_back(event.set("inputs", Json::array().push(dataset)).set("outputs", Json::array()));
    }
    return events;
}

} // namespace ds
