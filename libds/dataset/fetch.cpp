// fetch and pull: what registries have, brought here.
#include "dataset/known_signers.hpp"
#include "dataset/listed.hpp"
#include "dataset/overtaken.hpp"
#include "dataset/seen.hpp"
#include "dataset/share.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// Where one version of a registry stands, and how to read it.
struct Advertised {
    std::string version;
    std::string state;
    std::string commit;
    VersionRoots roots;
    std::string document;
    std::optional<StoredRecord> record;
};

std::vector<Advertised> advertised(Repository& repository, Registry& registry) {
    std::vector<Advertised> result;
    auto& log = repository.context().log;
    const auto listed = list_versions(registry, repository.name(), log);
    SeenVersions(registry, repository.name(), log).check_all(listed.records, listed.damaged);
    for (const auto& stored : listed.records) {
        Advertised version{stored.record.version, "published", stored.record.commit,
                           stored.record.roots,   stored.text, stored};
        result.push_back(std::move(version));
    }
    for (const auto& stored : listed.heads) {
        const auto& head = stored.head;
        const bool gone = head.state == HeadState::dropped;
        result.push_back({head.version,
                          std::string(head_state_str(head.state)),
                          gone ? "" : head.commit,
                          head.roots.value_or(VersionRoots{}),
                          head.text(),
                          {}});
    }
    return result;
}

/// Notes a published version here: from now on the tag alone bears the name.
void adopt_record(Repository& repository, const StoredRecord& stored) {
    auto& history = repository.history();
    const VersionName version(stored.record.version);
    const CommitId commit(stored.record.commit);
    if (const auto tag = history.published(version); !tag) {
        history.add_published(version, commit, stored.text, repository.session().author());
    } else if (const auto here = Record::parse(tag->record, "a record kept here");
               tag->record != stored.text && here.registry_id == stored.record.registry_id) {
        throw CorruptObject(
            fmt::format("{}:{} is not what was fetched before: its record is another one ({}, was {})",
                        repository.name().str(), version.str(), digest_str(stored.record.digest),
                        digest_str(here.digest)),
            "ask who runs the registry");
    }
    const auto draft = history.draft(version);
    if (!draft) {
        return;
    }
    const bool is_current = history.current().name == version;
    if (*draft == commit && is_current) {
        history.set_current(version, VersionState::published);
        history.remove_draft(version);
    } else if (is_in(repository, version, commit)) {
        if (!is_current) {
            history.remove_draft(version);
        } // else pull shows the files first
    } else {
        repository.context().log.warn(fmt::format(
            "{} was published by {}; the draft here has commits of its own: dsctl draft NEW --inherit {}",
            version.str(), stored.record.author, draft->short_hex()));
    }
}

/// Whether a version is to be left out because verify.require wants signers whom it does not have. What the checkout is on
/// is refused instead: who works on it shall not go on as if nothing were missing.
bool lacks_signers(Repository& repository, Registry& registry, const Advertised& version) {
    auto& history = repository.history();
    if (!version.record || version.commit.empty() || history.published(VersionName(version.version))) {
        return false;
    }
    try {
        require_signers(repository.session(), registry, repository.name(), *version.record);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::differs || history.current().name.str() == version.version) {
            throw;
        }
        return true;
    }
    return false;
}

void warn_of_left_out(Repository& repository, const std::vector<std::string>& names) {
    constexpr std::size_t named = 5;
    if (names.empty()) {
        return;
    }
    const auto rest = names.size() - std::min(named, names.size());
    repository.context().log.warn(fmt::format(
        "left out, since verify.require is set and they are not signed by enough allowed signers: {}{}",
        fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(names.size() - rest), ", "),
        rest > 0 ? fmt::format(" and {} more", rest) : ""));
}

FetchedVersion fetch_version(Repository& repository, Registry& registry, const Advertised& version) {
    auto& history = repository.history();
    const auto before = history.remote(registry.alias(), version.version);
    FetchedVersion row{registry.alias(), version.version, version.state, before ? before->hex() : "",
                       version.commit};
    const bool known = repository.knows_remote(registry.alias(), version.version);
    row.changed = row.before != row.after || !known;
    if (version.commit.empty()) {
        if (before) {
            history.remove_remote(registry.alias(), version.version);
        }
        repository.save_remote(registry.alias(), version.version, version.document);
        return row;
    }
    const CommitId commit(version.commit);
    RegistryVersion remote(registry, repository.name().ns(), version.roots, &repository.store());
    auto bundles = fetch_history(remote, history, commit, repository.context());
    if (bundles.empty() && before != commit) {
        bundles.push_back(version.roots.history_place); // an earlier fetch may have ended before its trees
    }
    // What the commit says must be what the head or record says: neither is taken at its word.
    if (history.read_commit(commit).data.tree != version.roots.tree) {
        throw CorruptObject(
            fmt::format("{}/{}:{} names a commit whose files are not the version's", registry.alias(),
                        repository.name().str(), version.version),
            fmt::format("dsctl verify {}/{}:{}", registry.alias(), repository.name().str(), version.version));
    }
    TransferStats stats;
    fetch_tree(remote, repository.store(), repository.context(), stats);
    fetch_older_trees(remote, bundles, repository.store(), repository.context());
    history.set_remote(registry.alias(), version.version, commit);
    repository.save_remote(registry.alias(), version.version, version.document);
    if (version.record) {
        adopt_record(repository, *version.record);
    }
    return row;
}

} // namespace

std::vector<FetchedVersion> fetch(Repository& repository, const std::optional<std::string>& alias) {
    const auto lock = repository.lock();
    auto& registry = repository.session().registry(alias.value_or(repository.registry_alias()));
    std::vector<FetchedVersion> result;
    auto versions = advertised(repository, registry);
    std::vector<std::string> left_out;
    std::erase_if(versions, [&](const Advertised& version) {
        repository.context().check_stop();
        const bool lacks = lacks_signers(repository, registry, version);
        if (lacks) {
            left_out.push_back(version.version);
        }
        return lacks;
    });
    warn_of_left_out(repository, left_out);
    for (const auto& version : versions) {
        repository.context().check_stop();
        auto row = fetch_version(repository, registry, version);
        if (version.state != head_state_str(HeadState::dropped) || !row.before.empty()) {
            result.push_back(std::move(row));
        }
    }
    repository.save_catalog(registry);
    std::vector<StoredRecord> records;
    for (auto& version : versions) {
        if (version.record) {
            records.push_back(std::move(*version.record));
        }
    }
    save_signatures(repository, registry, records);
    return result;
}

PullResult pull(Repository& repository, MergeFavour favour, bool dry_run) {
    PullResult result;
    result.fetched = fetch(repository, std::nullopt);
    const auto current = repository.history().current();
    if (current.state == VersionState::published) {
        return result;
    }
    if (const auto tag = repository.history().published(current.name)) {
        if (!is_in(repository, current.name, tag->commit)) {
            refuse_overtaken(repository, current.name);
        } else if (dry_run) {
            result.merge = preview_merge(repository, tag->commit, favour);
        } else {
            const auto files = switch_version(repository, current.name.str(), false).files;
            result.merge = {MergeOutcome::Kind::fast_forward, {}, tag->commit, files.written + files.removed};
        }
        return result;
    }
    const auto remote = repository.history().remote(repository.registry_alias(), current.name.str());
    if (!remote || (current.commit && *current.commit == *remote)) {
        return result;
    }
    if (dry_run) {
        result.merge = preview_merge(repository, *remote, favour);
        return result;
    }
    MergeOptions options;
    options.version = repository.registry_alias() + "/" + current.name.str();
    options.favour = favour;
    result.merge = merge(repository, options);
    return result;
}

} // namespace ds
