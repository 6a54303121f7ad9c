// Where a version came from, and who used it.
#pragma once

#include "card/facts.hpp"
#include "codec/json.hpp"
#include "dataset/inspect.hpp"
#include "model/use_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

/// One version that another was made from.
struct LineageStep {
    enum class Relation {
        parent, ///< an earlier version of the same dataset, whose commit is an ancestor
        origin  ///< a version of another dataset or registry
    } relation = Relation::parent;
    std::string ref;                   ///< registry/ns/name:version
    std::optional<VersionFacts> facts; ///< nothing when it could not be looked at
    std::optional<Sha256> digest;      ///< as the descendant recorded it
    std::string remark;                ///< why it could not be looked at, or what does not fit; empty else
};

struct Lineage {
    std::string ref;
    VersionFacts facts;
    std::vector<LineageStep> from; ///< the nearest first
    std::vector<UseRecord> uses;   ///< the newest first, those recorded here and those in the registry
    std::uint64_t recorded = 0;    ///< in the registry, those not shown included
    std::uint64_t damaged = 0;     ///< in the registry
    bool more = false;             ///< there are more than `recorded`
    std::string unasked;           ///< why the registry's records could not be read; empty else
};

struct LineageOptions {
    std::size_t most_uses = 20;
    bool ask_registry_for_uses = true;
};

/// Of a version in a registry. Ancestors are believed as far as the version's own history shows them.
/// @throws as resolve_ref()
[[nodiscard]] Lineage lineage(Session& session, const DatasetRef& ref, const LineageOptions& options = {});
/// Of the version the checkout stands on, as it is here.
[[nodiscard]] Lineage lineage_here(Repository& repository, const LineageOptions& options = {});

/// As OpenLineage events: how the version was made, then each use, oldest first.
[[nodiscard]] std::vector<Json> lineage_events(const Lineage& lineage);

} // namespace ds
