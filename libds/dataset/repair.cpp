// fsck --repair: what is damaged is made anew from what else is here, then from the files of the work tree, then from
// registries. Nothing is removed but what something better takes the place of.
#include "dataset/fsck.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "dataset/lost.hpp"
#include "dataset/share.hpp"
#include "os/file.hpp"
#include "store/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <set>
#include <span>

namespace ds {

namespace {

/// Runs a step whose failure shall not keep the others from being tried. @returns whether it came to its end
template <class Step>
bool attempt(Repository& repository, std::string_view what, const Step& step) {
    try {
        step();
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::locked) {
            throw;
        }
        repository.context().log.warn(fmt::format("{}: {}", what, error.message()));
        return false;
    }
}

std::string name_of(const Repository& repository, const Repository::RemoteVersion& version) {
    return fmt::format("{}/{}:{}", version.registry, repository.name().str(), version.version);
}

// ---- what registries had: copies of documents, which a fetch brings again

/// @returns whether any was damaged and is gone
bool remove_damaged_documents(Repository& repository) {
    std::vector<std::string> damaged;
    (void)repository.remote_versions(
        [&](const std::string& path, const CorruptObject&) { damaged.push_back(path); });
    for (const auto& path : damaged) {
        remove_file(path);
    }
    return !damaged.empty();
}

// ---- history

bool history_is_sound(History& history) {
    bool sound = true;
    history.check([&](const std::string& object, const Error&) { sound = sound && object == "HEAD"; });
    return sound;
}

bool has_whole_commit(History& history, const CommitId& id) {
    try {
        (void)history.read_commit(id);
        return true;
    } catch (const Error& error) {
        if (!is_damage(error)) {
            throw;
        }
        return false;
    }
}

/// What a registry's document names; nothing for an empty draft.
std::optional<CommitId> commit_of(const Repository::RemoteVersion& version) {
    const auto commit = version.record ? version.record->commit : version.head ? version.head->commit : "";
    return commit.empty() ? std::nullopt : std::optional(CommitId(commit));
}

/// Brings all objects of the history again that versions in registries reach, as long as some are missing.
void refetch_history(Repository& repository) {
    auto& history = repository.history();
    bool sound = history_is_sound(history);
    for (const auto& version : repository.remote_versions()) {
        const auto* const roots = version.roots();
        const auto commit = commit_of(version);
        if (roots == nullptr || !commit || (sound && has_whole_commit(history, *commit))) {
            continue;
        }
        attempt(repository, "the history of " + name_of(repository, version), [&] {
            RegistryVersion remote(repository.session().registry(version.registry), repository.name().ns(),
                                   *roots);
            fetch_history_again(remote, history, repository.context());
        });
        sound = sound || history_is_sound(history);
    }
}

/// Published versions and what registries had follow from the documents that were kept of them.
void restore_known_refs(Repository& repository, std::set<std::string>& damaged) {
    auto& history = repository.history();
    const auto make_way = [&](const std::string& ref) {
        if (damaged.erase(ref) > 0) {
            history.forget_damaged_ref(ref);
        }
    };
    for (const auto& version : repository.remote_versions()) {
        const auto commit = commit_of(version);
        if (!commit || !has_whole_commit(history, *commit)) {
            continue;
        }
        attempt(repository, name_of(repository, version), [&] {
            make_way(fmt::format("refs/remotes/{}/{}", version.registry, version.version));
            history.set_remote(version.registry, version.version, *commit);
            if (!version.record) {
                return;
            }
            make_way("refs/tags/" + version.version);
            const VersionName name(version.version);
            if (!history.published(name)) {
                const auto text = read_file( // its very bytes
                    fmt::format("{}/remotes/{}/{}", repository.dir(), version.registry, version.version),
                    max_document_bytes);
                history.add_published(name, *commit, text, repository.session().author());
            }
        });
    }
}

/// A draft stood where its reflog says, or where its registry has it.
void restore_draft(Repository& repository, const std::string& ref) {
    auto& history = repository.history();
    const VersionName name(ref.substr(ref.rfind('/') + 1));
    std::optional<CommitId> commit;
    for (const auto& line : history.reflog(ref)) {
        if (!line.after.is_null() && has_whole_commit(history, line.after)) {
            commit = line.after;
            break;
        }
    }
    if (!commit) {
        commit = history.remote(repository.registry_alias(), name.str());
    }
    if (!commit) {
        return;
    }
    history.forget_damaged_ref(ref);
    history.set_draft(name, *commit, std::nullopt, repository.session().author(), "repair: found again");
    repository.context().log.warn(
        fmt::format("what draft {} names was damaged; it is at {} again", name.str(), commit->short_hex()));
}

/// @returns whether something is left that a fetch may bring
bool restore_refs(Repository& repository) {
    auto& history = repository.history();
    const auto list = history.damaged_refs();
    std::set<std::string> damaged(list.begin(), list.end());
    restore_known_refs(repository, damaged);
    for (const auto& ref : list) {
        if (!damaged.contains(ref)) {
            continue;
        }
        if (ref.starts_with("refs/remotes/")) { // a note of what a registry had
            history.forget_damaged_ref(ref);
        } else if (ref.starts_with("refs/heads/")) {
            attempt(repository, ref, [&] { restore_draft(repository, ref); });
        }
    }
    return !damaged.empty();
}

// ---- content

/// The trees whose content is wanted here: of the work tree, of drafts and of versions that registries have.
std::set<Sha256> wanted_trees(Repository& repository) {
    std::set<Sha256> trees;
    const auto add = [&](const auto& tree) {
        try {
            trees.insert(tree());
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            } // told by the check that follows
        }
    };
    add([&] { return repository.worktree().staged().root; });
    add([&] { return repository.head_tree().root; });
    for (const auto& version : repository.history().versions()) {
        if (version.state == VersionState::draft) {
            add([&] { return repository.tree_of(version.commit).root; });
        }
    }
    for (const auto& version : repository.remote_versions()) {
        if (const auto* const roots = version.roots()) {
            trees.insert(roots->tree.root);
        }
    }
    return trees;
}

/// Visits what is not whole here of a tree, as far as it is wanted.
void for_each_missing(Repository& repository, const Sha256& tree, const WantedContent& wanted,
                      const std::function<void(const std::string&, const Entry&)>& visit) {
    auto& store = repository.store();
    try {
        for (TreeCursor cursor(store, tree); cursor.valid(); cursor.next()) {
            repository.context().check_stop();
            if (!holds_whole(store, cursor.entry()) && (!wanted || wanted(cursor.path(), cursor.entry()))) {
                visit(std::string(cursor.path()), cursor.entry());
            }
        }
    } catch (const Error& error) {
        if (!is_damage(error)) {
            throw;
        } // a tree that is not whole here
    }
}

std::optional<FileStat::Kind> kind_in_work_tree(const std::string& path, const Entry& entry) {
    const auto stat = try_lstat(path);
    if (stat && S_ISLNK(stat->st_mode) && entry.kind == EntryKind::symlink) {
        return FileStat::Kind::symlink;
    }
    const bool same = stat && S_ISREG(stat->st_mode) && entry.kind != EntryKind::symlink &&
                      static_cast<std::uint64_t>(stat->st_size) == entry.size;
    return same ? std::optional(FileStat::Kind::regular) : std::nullopt;
}

using ReadRange = std::function<void(std::uint64_t offset, std::uint32_t length, ByteString& out)>;

/// Puts the chunks again that a recipe names and the store has lost, as far as the source still has them.
void refill_chunks(ObjectStore& store, StoreWriter& writer, const Entry& entry, const ReadRange& read) {
    std::uint64_t offset = 0;
    store.for_each_chunk(entry, [&](const Sha256& chunk, std::uint32_t length) {
        if (!store.has(ObjectKind::chunk, chunk)) {
            ByteString bytes;
            read(offset, length, bytes);
            if (sha256(bytes) == chunk) {
                writer.put(ObjectKind::chunk, chunk, bytes);
            }
        }
        offset += length;
    });
}

ReadRange ranges_of_file(const std::string& path) {
    auto file = std::make_shared<const Fd>(open_file(path, O_RDONLY | O_NOFOLLOW, 0));
    return [file = std::move(file), path](std::uint64_t offset, std::uint32_t length, ByteString& out) {
        out.resize(length);
        out.resize(pread_full(file->get(), out.data(), length, offset, path));
    };
}

/// Files that still stand in the work tree are read again. What differs by now is stored for nothing, until gc.
void refill_from_work_tree(Repository& repository) {
    auto& store = repository.store();
    const auto writer = store.writer();
    Ingest ingest(repository.root(), writer.get(), store.params(), IngestMode::store, repository.context());
    std::set<Sha256> asked;
    for_each_missing(repository, repository.worktree().staged().root, {},
                     [&](const std::string& path, const Entry& entry) {
                         const auto file = repository.root() + "/" + path;
                         const auto kind = kind_in_work_tree(file, entry);
                         if (!kind || !asked.insert(entry.hash).second) {
                             return;
                         }
                         if (*kind == FileStat::Kind::regular && store.has(ObjectKind::recipe, entry.hash)) {
                             refill_chunks(store, *writer, entry, ranges_of_file(file));
                             return;
                         }
                         ingest.submit({path, *kind});
                         while (ingest.full()) {
                             (void)ingest.take_wait();
                         }
                     });
    (void)ingest.drain();
    writer->commit();
}

using Missing = std::vector<std::pair<std::string, Entry>>;

/// Fetches files by halves where all at once fails, so that one that is damaged there keeps no other away.
void fetch_what_can_be(Repository& repository, RegistryVersion& remote,
                       std::span<const Missing::value_type> files) {
    TransferStats stats;
    const std::set<std::string_view> paths = [&] {
        std::set<std::string_view> names;
        for (const auto& [path, entry] : files) {
            names.insert(path);
        }
        return names;
    }();
    try {
        fetch_content(
            remote, repository.store(),
            [&](std::string_view path, const Entry&) { return paths.contains(path); }, repository.context(),
            stats);
    } catch (const CorruptObject& error) {
        if (files.size() == 1) {
            repository.context().log.warn(error.message());
            return;
        }
        fetch_what_can_be(repository, remote, files.first(files.size() / 2));
        fetch_what_can_be(repository, remote, files.subspan(files.size() / 2));
    }
}

void refill_recipes(ObjectStore& store, RegistryVersion& remote, const Missing& files, Context& context) {
    const auto writer = store.writer();
    for (const auto& [path, entry] : files) {
        context.check_stop();
        if (!store.has(ObjectKind::recipe, entry.hash) || holds_whole(store, entry)) {
            continue;
        }
        const auto read = [&, &file = path, &what = entry](std::uint64_t offset, std::uint32_t length,
                                                           ByteString& out) {
            remote.stream_range(file, what, offset, length, [&](ByteView part) { out.append(part); });
        };
        try {
            refill_chunks(store, *writer, entry, read);
        } catch (const CorruptObject& error) {
            context.log.warn(error.message());
        }
    }
    writer->commit();
}

void refill_from_registries(Repository& repository) {
    auto& store = repository.store();
    for (const auto& version : repository.remote_versions()) {
        const auto* const roots = version.roots();
        if (roots == nullptr) {
            continue;
        }
        attempt(repository, name_of(repository, version), [&] {
            RegistryVersion remote(repository.session().registry(version.registry), repository.name().ns(),
                                   *roots, &store);
            TransferStats stats;
            fetch_tree(remote, store, repository.context(), stats);
            Missing missing;
            for_each_missing(
                repository, roots->tree.root, repository.wanted_here(),
                [&](const std::string& path, const Entry& entry) { missing.emplace_back(path, entry); });
            if (!missing.empty()) {
                fetch_what_can_be(repository, remote, missing);
                refill_recipes(store, remote, missing, repository.context());
            }
        });
    }
}

/// Remembers what is nowhere, for checks to come.
void note_lost(Repository& repository) {
    std::set<Sha256> lost;
    for (const auto& tree : wanted_trees(repository)) {
        for_each_missing(repository, tree, repository.wanted_here(),
                         [&](const std::string&, const Entry& entry) { lost.insert(entry.hash); });
    }
    save_lost(repository.dir(), lost);
}

void restage(Repository& repository) {
    try {
        (void)repository.worktree().staged();
    } catch (const CorruptObject&) {
        repository.worktree().set_staged(repository.head_tree().root);
        repository.context().log.warn(
            "what was staged is not known any more; the last commit is staged again");
    }
}

} // namespace

void restore_frame(Repository& repository) {
    const auto lock = repository.lock_only();
    for (const auto& name : History::restore_frame(repository.dir() + "/git")) {
        repository.context().log.warn(fmt::format("'{}' of the history was missing and is made anew", name));
    }
    const auto store = repository.dir() + "/store";
    try {
        (void)ObjectStore::open(store);
    } catch (const CorruptObject& error) {
        ObjectStore::create(store, StoreParams{});
        repository.context().log.warn(fmt::format("{}; it is made anew", error.message()));
    }
    make_dirs(repository.dir() + "/worktree");
}

void repair_repository(Repository& repository) {
    bool fetch_again = false;
    {
        const auto lock = repository.lock();
        fetch_again = remove_damaged_documents(repository);
        refetch_history(repository);
        fetch_again = restore_refs(repository) || fetch_again || !history_is_sound(repository.history());
    }
    if (fetch_again) {
        attempt(repository, "what registries have", [&] { (void)fetch(repository, std::nullopt); });
    }
    const auto lock = repository.lock();
    (void)restore_refs(repository); // of what came just now
    repository.store().rebuild_index(repository.context(), [](const StoreProblem&) {});
    refill_from_registries(repository); // trees first of all
    attempt(repository, "the staged tree", [&] { restage(repository); });
    attempt(repository, "the work tree", [&] { refill_from_work_tree(repository); });
    note_lost(repository);
}

} // namespace ds
