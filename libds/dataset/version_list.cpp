// The table of `versions`, from what is here and from what registries had when last asked.
#include "base/units.hpp"
#include "dataset/fsck.hpp"
#include "dataset/inspect.hpp"
#include "dataset/known_signers.hpp"
#include "dataset/listed.hpp"
#include "dataset/versions.hpp"
#include "dataset/visible.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace ds {

namespace {

constexpr std::uint64_t ancestry_limit = 10'000;

/// The nearest published version that a version builds upon, or its origin in another dataset.
std::string inherited_from(History& history, const CommitId& tip, const std::string& self,
                           const std::map<CommitId, std::string>& published) {
    std::uint64_t seen = 0;
    std::string from;
    history.walk({tip}, {}, [&](const Commit& commit) {
        const auto it = published.find(commit.id);
        if (it != published.end() && it->second != self) {
            from = it->second;
        } else if (commit.data.origin) {
            from = commit.data.origin->ref;
        }
        return from.empty() && ++seen < ancestry_limit;
    });
    return from;
}

bool is_file(const Entry* entry) {
    return entry != nullptr && entry->kind != EntryKind::empty_dir;
}

/// How many files the trees of drafts hold: those of a version that has been counted, and what differs from it. So only
/// what changed is read, but for the first where nothing is published.
class FileCounter {
  public:
    explicit FileCounter(NodeSource& nodes) : nodes_(nodes), nearest_(empty_tree().root) {}

    void counted(const Sha256& root, std::uint64_t files) {
        files_[root] = files;
        nearest_ = root;
    }
    /// Nodes that are not here, or damaged, leave what is known: the number of entries, empty folders among them.
    std::uint64_t count(const TreeInfo& tree) {
        if (const auto known = files_.find(tree.root); known != files_.end()) {
            return known->second;
        }
        auto files = files_[nearest_];
        try {
            tree_diff(nodes_, nearest_, nodes_, tree.root, [&](const TreeChange& change) {
                files += is_file(change.after) ? 1 : 0;
                files -= is_file(change.before) ? 1 : 0;
                return true;
            });
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            }
            return tree.entries;
        }
        counted(tree.root, files);
        return files;
    }

  private:
    NodeSource& nodes_;
    Sha256 nearest_; ///< counted last, as likely alike as any
    std::map<Sha256, std::uint64_t> files_;
};

void add_place(VersionRow& row, const std::string& place) {
    row.where += (row.where.empty() ? "" : ", ") + place;
}

void fill_from_record(VersionRow& row, const Record& record) {
    row.state = "published";
    row.digest = record.digest;
    row.files = record.manifest.files + record.manifest.symlinks;
    row.bytes = record.manifest.bytes;
    row.created = record.time;
}

/// What only a catalog knows.
void add_remarks(std::map<std::string, VersionRow>& rows, const Catalog& catalog) {
    for (const auto& hint : catalog.versions) {
        const auto it = rows.find(hint.version);
        if (it == rows.end()) {
            continue;
        }
        auto& row = it->second;
        row.from = row.from.empty() ? hint.from : row.from;
        if (!hint.deprecated.empty() && row.state == "published") {
            row.deprecated = hint.deprecated;
            row.state = "deprecated";
        }
    }
}

} // namespace

std::string inherited_version(Repository& repository, const VersionName& version, const CommitId& commit) {
    std::map<CommitId, std::string> published;
    for (const auto& local : repository.history().versions()) {
        if (local.state == VersionState::published) {
            published.emplace(local.commit, local.name.str());
        }
    }
    return inherited_from(repository.history(), commit, version.str(), published);
}

std::vector<VersionRow> versions(Repository& repository, WithSigners signers) {
    auto& history = repository.history();
    const auto current = history.current();
    std::map<CommitId, std::string> published;
    std::map<std::string, VersionRow> rows;
    std::map<std::string, TreeInfo> trees; // of drafts
    FileCounter files(repository.store());
    const auto locals = history.versions();
    for (const auto& local : locals) {
        if (local.state == VersionState::published) {
            published.emplace(local.commit, local.name.str());
        }
    }
    for (const auto& local : locals) {
        auto& row = rows[local.name.str()];
        if (row.state == "published") {
            continue; // a draft of that name is a leftover of publishing
        }
        row.version = local.name.str();
        row.where = "here";
        row.from = inherited_from(history, local.commit, row.version, published);
        if (local.state == VersionState::published) {
            const auto text = history.published(local.name)->record;
            const auto record = Record::parse(text, row.version);
            fill_from_record(row, record);
            files.counted(record.manifest.tree, *row.files);
            if (signers == WithSigners::yes) {
                row.signers = known_signers(repository, text);
            }
            continue;
        }
        row.state = "draft";
        const auto commit = history.read_commit(local.commit);
        trees.emplace(row.version, commit.data.tree);
        row.bytes = commit.data.tree.bytes;
        row.created = commit.data.author.time;
    }
    if (!current.commit && !rows.contains(current.name.str())) {
        auto& row = rows[current.name.str()];
        row.version = current.name.str();
        row.state = "draft";
        row.files = row.bytes = 0;
        row.where = "here";
    }
    for (const auto& remote : repository.remote_versions()) {
        if (remote.head && remote.head->state == HeadState::dropped) {
            continue;
        }
        auto& row = rows[remote.version];
        const bool known = !row.version.empty();
        row.version = remote.version;
        add_place(row, remote.registry);
        if (remote.record) {
            fill_from_record(row, *remote.record);
            if (remote.record->origin && row.from.empty()) {
                row.from = remote.record->origin->ref;
            }
        } else if (!known && remote.head) {
            row.state = remote.head->roots ? "draft" : "empty";
            row.created = remote.head->time;
            if (remote.head->roots) {
                trees.emplace(row.version, remote.head->roots->tree);
                row.bytes = remote.head->roots->tree.bytes;
                if (history.has_commit(CommitId(remote.head->commit))) {
                    row.from = inherited_from(history, CommitId(remote.head->commit), row.version, published);
                }
            }
        }
    }
    for (const auto& [version, tree] : trees) {
        if (rows[version].state == "draft") {
            rows[version].files = files.count(tree);
        }
    }
    std::set<std::string> registries;
    for (const auto& remote : repository.remote_versions()) {
        registries.insert(remote.registry);
    }
    for (const auto& registry : registries) {
        if (const auto catalog = repository.saved_catalog(registry)) {
            add_remarks(rows, *catalog);
        }
    }
    std::vector<VersionRow> result;
    for (auto& [name, row] : rows) {
        row.current = name == current.name.str();
        result.push_back(std::move(row));
    }
    return result;
}

std::vector<VersionRow> versions_remote(Session& session, const DatasetRef& ref, WithSigners signers) {
    const auto alias = session.registry_of(ref);
    const auto dataset = session.dataset_of(ref);
    auto& registry = session.registry(alias);
    const auto catalog = registry.catalog(dataset);
    if (!catalog) {
        const auto near = closest_dataset(registry, dataset);
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no dataset {} in registry '{}'", dataset.str(), alias),
                    near.empty() ? "dsctl registry list" : fmt::format("did you mean '{}'?", near));
    }
    std::map<std::string, VersionRow> rows;
    const auto listed = list_versions(registry, dataset, session.context().log);
    for (const auto& stored : listed.heads) {
        const auto& head = stored.head;
        if (head.state == HeadState::dropped) {
            continue;
        }
        auto& row = rows[head.version];
        row.version = head.version;
        row.state = head.roots ? "draft" : "empty";
        row.created = head.time;
        if (head.roots) {
            row.files = head.roots->tree.entries;
            row.bytes = head.roots->tree.bytes;
        }
        if (head.origin) {
            row.from = head.origin->ref;
        }
        row.where = alias;
    }
    const auto& records = listed.records;
    std::map<std::string, std::vector<SignatureLine>> signed_by;
    if (signers == WithSigners::yes) {
        signed_by = signers_there(session, registry, dataset, records);
    }
    for (const auto& stored : records) {
        auto& row = rows[stored.record.version];
        if (signers == WithSigners::yes) {
            row.signers = std::move(signed_by[stored.record.version]);
        }
        row.version = stored.record.version;
        row.where = alias;
        fill_from_record(row, stored.record);
        if (stored.record.origin) {
            row.from = stored.record.origin->ref;
        }
    }
    add_remarks(rows, *catalog);
    std::vector<VersionRow> result;
    result.reserve(rows.size());
    for (auto& [name, row] : rows) {
        result.push_back(std::move(row));
    }
    return result;
}

} // namespace ds
