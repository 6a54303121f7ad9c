// Which versions a push sends, and what becomes of each.
#include "dataset/overtaken.hpp"
#include "dataset/push_version.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// What is to be pushed: a draft, or a version published here.
struct Candidate {
    VersionName version;
    std::optional<PublishedTag> tag;
    std::optional<CommitId> draft;
};

PushedVersion push_draft(Repository& repository, Registry& registry, const Candidate& candidate,
                         PublishedThere& published, bool dry_run) {
    const auto& version = candidate.version;
    const auto& commit = *candidate.draft;
    PushedVersion pushed{version.str(), false, PushedVersion::Outcome::pushed, commit.hex(), {}};
    if (dry_run) {
        const auto would = measure_upload(repository, registry, version, commit, published);
        pushed.outcome =
            would.up_to_date ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::would_push;
        pushed.stats = would.stats;
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, commit, published);
    pushed.outcome =
        uploaded.up_to_date ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::pushed;
    pushed.stats = uploaded.stats;
    return pushed;
}

/// Whether a version that is published here is so in `registry`. @throws Error(conflict) for other content there
bool is_there(Repository& repository, Registry& registry, const VersionName& version, const Record& record,
              PublishedThere& published) {
    if (record.registry_id == registry.description().id && published.has(version.str())) {
        return true; // It was published there, and what a name means never changes.
    }
    const auto there = published.record(version.str());
    if (there && there->record.digest != record.digest) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{}:{} is published in {} with other content ({})", repository.name().str(),
                                version.str(), registry.alias(), digest_str(there->record.digest)),
                    fmt::format("dsctl versions {}/{}", registry.alias(), repository.name().str()));
    }
    return there.has_value();
}

/// As a reference in another registry; that of the origin is named as far as it is known here.
Origin origin_elsewhere(Repository& repository, const Record& record) {
    auto ref = fmt::format("{}:{}", record.dataset, record.version);
    for (const auto& remote : repository.remote_versions()) {
        if (remote.record && remote.record->registry_id == record.registry_id) {
            return {remote.registry + "/" + ref, record.digest};
        }
    }
    return {ref, record.digest};
}

/// A version published here or elsewhere gets the same digest in `registry`, and its origin is recorded.
PushedVersion push_published(Repository& repository, Registry& registry, const Candidate& candidate,
                             PublishedThere& published, bool dry_run) {
    const auto& version = candidate.version;
    const auto& tag = *candidate.tag;
    const auto record = Record::parse(tag.record, version.str());
    PushedVersion pushed{version.str(), true, PushedVersion::Outcome::pushed, tag.commit.hex(), {}};
    if (is_there(repository, registry, version, record, published)) {
        pushed.outcome = PushedVersion::Outcome::up_to_date;
        return pushed;
    }
    if (dry_run) {
        pushed.outcome = PushedVersion::Outcome::would_push;
        pushed.stats = measure_upload(repository, registry, version, tag.commit, published).stats;
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, tag.commit, published);
    auto origin = record.origin;
    if (record.registry_id != registry.description().id) {
        origin = origin_elsewhere(repository, record);
    }
    PublishRequest request{registry,
                           repository.name(),
                           version,
                           record.manifest,
                           uploaded.roots,
                           record.commit,
                           origin,
                           record.author,
                           record.message,
                           repository.session().now(),
                           published.ancestor(tag.commit)};
    request.head = uploaded.head;
    request.trees = &repository.store();
    const auto stored = publish_version(request, repository.context());
    published.add(stored);
    repository.save_remote(registry.alias(), version.str(), stored.text);
    repository.history().set_remote(registry.alias(), version.str(), tag.commit);
    pushed.stats = uploaded.stats;
    return pushed;
}

/// The draft that is checked out, and all that is published here.
std::vector<Candidate> usual_candidates(Repository& repository) {
    auto& history = repository.history();
    std::vector<Candidate> result;
    for (const auto& version : history.versions()) {
        if (version.state == VersionState::published) {
            result.push_back({version.name, history.published(version.name), {}});
        }
    }
    const auto current = history.current();
    if (current.state != VersionState::draft) {
        return result;
    }
    if (history.published(current.name)) { // and so among them
        refuse_unless_same(repository, current.name);
    } else if (current.commit) {
        result.push_back({current.name, {}, current.commit});
    } else if (result.empty()) {
        throw Error(ErrorKind::failure, fmt::format("draft {} has no commits to push", current.name.str()),
                    "dsctl add . && dsctl commit -m MESSAGE");
    }
    return result;
}

/// As git has it, the registry would come first.
void refuse_registry(Repository& repository, const std::string& word) {
    for (const auto& entry : repository.session().registries()) {
        if (entry.alias == word) {
            throw Error(ErrorKind::usage, fmt::format("'{}' is a registry, no version", word),
                        "dsctl push --to " + word);
        }
    }
}

Candidate named_candidate(Repository& repository, const std::string& word) {
    auto& history = repository.history();
    Candidate candidate{VersionName(word.starts_with(":") ? word.substr(1) : word), {}, {}};
    const auto& version = candidate.version;
    candidate.tag = history.published(version);
    if (candidate.tag) {
        refuse_unless_same(repository, version);
        return candidate;
    }
    candidate.draft = history.draft(version);
    if (!candidate.draft) {
        refuse_registry(repository, version.str());
        (void)repository.resolve(version.str());
        throw Error(ErrorKind::not_found, fmt::format("there is no version {} here", version.str()),
                    "dsctl versions");
    }
    return candidate;
}

/// Drafts that others published under the same name keep nobody from pushing the rest.
void warn_of_overtaken(Repository& repository, const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) {
        const auto& version = candidate.version;
        const auto tip = candidate.tag ? repository.history().draft(version) : std::nullopt;
        if (!tip || *tip == candidate.tag->commit) {
            continue;
        }
        const bool held = is_in(repository, version, candidate.tag->commit);
        repository.context().log.warn(
            held ? fmt::format("draft {0} is left over from before {0} was published: dsctl drop {0} "
                               "removes it",
                               version.str())
                 : fmt::format("draft {0} has commits that are not in what was published as {0}, and is not "
                               "pushed: {1} goes on from them, dsctl drop --force {0} gives them up",
                               version.str(), repository.next_draft_command(version, tip->hex())));
    }
}

/// Refuses before anything is sent what cannot go to `registry`.
void check_candidates(Repository& repository, Registry& registry, const std::vector<Candidate>& candidates,
                      PublishedThere& published) {
    bool publishes = false;
    std::string drafts;
    for (const auto& candidate : candidates) {
        const auto& version = candidate.version;
        if (candidate.tag) {
            const auto record = Record::parse(candidate.tag->record, version.str());
            publishes = publishes || !is_there(repository, registry, version, record, published);
        } else if (published.has(version.str())) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{}:{} is published in {} and cannot change", repository.name().str(),
                                    version.str(), registry.alias()),
                        repository.next_draft_command(version));
        } else {
            drafts += " " + version.str();
        }
    }
    if (!publishes) {
        return;
    }
    try {
        require_locking(registry);
    } catch (const Error& error) {
        if (drafts.empty() || error.kind() != ErrorKind::failure) {
            throw;
        }
        throw Error(
            error.kind(), error.message(),
            fmt::format("dsctl push --to {}{}, which sends no published version", registry.alias(), drafts));
    }
}

} // namespace

std::vector<PushedVersion> push(Repository& repository, const PushOptions& options) {
    const auto lock = repository.lock();
    auto& registry = repository.session().registry(options.registry.value_or(repository.registry_alias()));
    std::vector<Candidate> candidates;
    if (options.versions.empty()) {
        candidates = usual_candidates(repository);
        warn_of_overtaken(repository, candidates);
    }
    for (const auto& word : options.versions) {
        candidates.push_back(named_candidate(repository, word));
    }
    PublishedThere published(repository, registry);
    check_candidates(repository, registry, candidates, published);
    std::vector<PushedVersion> result;
    result.reserve(candidates.size());
    for (const auto& candidate : candidates) {
        result.push_back(candidate.tag
                             ? push_published(repository, registry, candidate, published, options.dry_run)
                             : push_draft(repository, registry, candidate, published, options.dry_run));
    }
    return result;
}

} // namespace ds
