#include "dataset/lineage.hpp"

#include "base/path.hpp"
#include "dataset/card.hpp"
#include "dataset/scratch_history.hpp"
#include "dataset/uses.hpp"
#include "dataset/versions.hpp"
#include "registry/uses.hpp"
#include "transfer/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds {

namespace {

constexpr std::size_t max_steps = 64;
/// In datasets with more published versions only what the catalog hints at is looked for.
constexpr std::size_t max_scanned = 64;

std::string ref_of(const ResolvedVersion& version) {
    return fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
}

/// Follows versions backwards, one at a time.
class Tracer {
  public:
    Tracer(Session& session, std::vector<LineageStep>& steps) : session_(session), steps_(steps) {}

    void follow(ResolvedVersion version) {
        while (steps_.size() < max_steps && !version.commit.empty()) {
            session_.context().check_stop();
            auto before = step_back(version);
            if (!before) {
                return;
            }
            version = std::move(*before);
        }
    }

    /// A version of another dataset, as its descendant recorded it. Nothing when it cannot be followed further.
    std::optional<ResolvedVersion> origin(const Origin& origin, const std::string& registry) {
        LineageStep step;
        step.relation = LineageStep::Relation::origin;
        step.ref = origin.ref;
        step.digest = origin.digest.is_zero() ? std::nullopt : std::optional(origin.digest);
        std::optional<ResolvedVersion> found;
        try {
            auto ref = DatasetRef::parse(origin.ref);
            ref.registry = ref.registry.value_or(registry);
            found = resolve_ref(session_, ref);
            step.facts = facts_of(session_, *found);
            if (step.digest && found->digest != step.digest) {
                step.remark = "it has another digest now";
                found.reset();
            }
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            step.remark = error.message();
            found.reset();
        }
        steps_.push_back(std::move(step));
        return found;
    }

  private:
    std::optional<ResolvedVersion> step_back(const ResolvedVersion& version) {
        auto& registry = session_.registry(version.registry);
        if (auto parent = parent_of(registry, version)) {
            LineageStep step;
            step.ref = ref_of(*parent);
            step.digest = parent->digest;
            step.facts = facts_of(session_, *parent);
            steps_.push_back(std::move(step));
            return parent;
        }
        return version.origin ? origin(*version.origin, version.registry) : std::nullopt;
    }

    /// The published version of the same dataset that this one was made from.
    std::optional<ResolvedVersion> parent_of(Registry& registry, const ResolvedVersion& version) {
        const auto facts = facts_of(session_, version);
        if (facts.from && facts.from->dataset == version.dataset && facts.from->version != version.version) {
            try {
                auto hinted = look(version, facts.from->version);
                if (is_ancestor(registry, hinted, version)) {
                    return hinted;
                }
            } catch (const Error& error) { // the catalog is a hint
                if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::usage) {
                    throw;
                }
            }
        }
        const auto published = registry.record_versions(version.dataset);
        if (published.size() > max_scanned) {
            return std::nullopt;
        }
        std::optional<ResolvedVersion> nearest;
        for (const auto& [name, at] : published) {
            if (name == version.version) {
                continue;
            }
            auto other = look(version, name);
            const bool later = nearest && other.record->record.sequence < nearest->record->record.sequence;
            if (!later && is_ancestor(registry, other, version)) {
                nearest = std::move(other);
            }
        }
        return nearest;
    }

    ResolvedVersion look(const ResolvedVersion& version, const std::string& name) {
        DatasetRef ref;
        ref.registry = version.registry;
        ref.ns = version.dataset.ns();
        ref.name = version.dataset.name();
        ref.version = VersionName(name);
        return resolve_ref(session_, ref);
    }

    bool is_ancestor(Registry& registry, const ResolvedVersion& older, const ResolvedVersion& newer) {
        if (older.commit.empty() || older.commit == newer.commit) {
            // The same commit under two names: the one published first is the ancestor.
            return !older.commit.empty() && older.record &&
                   (!newer.record || older.record->record.sequence < newer.record->record.sequence);
        }
        RegistryVersion remote(registry, newer.dataset.ns(), newer.roots);
        const CommitId tip(newer.commit);
        (void)fetch_history(remote, history_.get(), tip, session_.context());
        const CommitId base(older.commit);
        return history_.get().has_commit(base) && history_.get().is_ancestor(base, tip);
    }

    Session& session_;
    std::vector<LineageStep>& steps_;
    ScratchHistory history_;
};

/// Those recorded here and those in the registry, each once.
void add_uses(Lineage& result, std::vector<UseRecord> here, std::vector<UseRecord> there, std::size_t most) {
    std::vector<std::string> known;
    known.reserve(there.size());
    for (const auto& record : there) {
        known.push_back(record.text());
    }
    for (auto& record : here) {
        if (std::find(known.begin(), known.end(), record.text()) == known.end()) {
            there.push_back(std::move(record));
        }
    }
    std::stable_sort(there.begin(), there.end(),
                     [](const UseRecord& a, const UseRecord& b) { return a.time > b.time; });
    if (there.size() > most) {
        there.resize(most);
    }
    result.uses = std::move(there);
}

/// Of one version; those of a draft under its name.
std::vector<UseRecord> of_version(std::vector<UseRecord> records, const VersionFacts& facts) {
    std::erase_if(records, [&](const UseRecord& record) {
        return record.version != facts.version || record.digest != facts.digest;
    });
    return records;
}

/// What a version names as its origin; if only its record does, it was pushed from another registry.
std::optional<Origin> origin_here(History& history, const VersionName& name, const CommitId& commit) {
    auto origin = history.read_commit(commit).data.origin;
    const auto tag = origin ? std::nullopt : history.published(name);
    return tag ? Record::parse(tag->record, "the record of " + name.str()).origin : origin;
}

} // namespace

Lineage lineage(Session& session, const DatasetRef& ref, const LineageOptions& options) {
    const auto version = resolve_ref(session, ref);
    auto& registry = session.registry(version.registry);
    Lineage result;
    result.ref = ref_of(version);
    result.facts = facts_of(session, version);
    Tracer(session, result.from).follow(version);
    auto here = of_version(uses_here(version.registry_id, version.dataset), result.facts);
    FoundUses found;
    if (options.ask_registry_for_uses) {
        try {
            found = find_uses(registry, version.dataset, version.version, version.digest, options.most_uses);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            result.unasked = error.message();
        }
    }
    result.recorded = found.seen;
    result.damaged = found.damaged;
    result.more = found.more;
    add_uses(result, std::move(here), std::move(found.records), options.most_uses);
    return result;
}

Lineage lineage_here(Repository& repository, const LineageOptions& options) {
    auto& session = repository.session();
    const auto current = repository.history().current();
    Lineage result;
    result.facts = carded_checkout(repository).facts;
    result.ref =
        fmt::format("{}/{}:{}", repository.registry_alias(), repository.name().str(), current.name.str());
    auto& history = repository.history();
    auto name = current.name;
    auto commit = current.commit;
    while (commit && result.from.size() < max_steps) {
        const auto from = inherited_version(repository, name, *commit);
        const auto tag = VersionName::valid(from) ? history.published(VersionName(from)) : std::nullopt;
        if (!tag) {
            const auto origin = origin_here(history, name, *commit);
            if (!from.empty() || origin) {
                Tracer tracer(session, result.from);
                if (auto found =
                        tracer.origin(origin.value_or(Origin{from, {}}), repository.registry_alias())) {
                    tracer.follow(std::move(*found));
                }
            }
            break;
        }
        const auto record = Record::parse(tag->record, "the record of " + from);
        LineageStep step;
        step.ref = fmt::format("{}/{}:{}", repository.registry_alias(), repository.name().str(), from);
        step.digest = record.digest;
        step.facts = result.facts;
        step.facts->version = from;
        step.facts->published = true;
        step.facts->digest = record.digest;
        step.facts->commit = record.commit;
        step.facts->time = record.time;
        step.facts->author = record.author;
        step.facts->message = record.message;
        step.facts->files = record.manifest.files + record.manifest.symlinks;
        step.facts->bytes = record.roots.tree.bytes;
        result.from.push_back(std::move(step));
        name = VersionName(from);
        commit = tag->commit;
    }
    add_uses(result, of_version(uses_here(std::nullopt, repository.name()), result.facts), {},
             options.most_uses);
    return result;
}

} // namespace ds
