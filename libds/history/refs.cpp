// Refs: compare-and-swap under libgit2's lock, and reading them so that a damaged one is never overlooked.
#include "base/path.hpp"
#include "history/history_impl.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view head_ref = "HEAD";
constexpr int max_depth = 8;

/// For what has no author of its own.
Signature own_signature() {
    return {"dsctl", "dsctl@localhost", unix_now(), 0};
}

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

/// Creates the folder of a ref or reflog durably; it is nearly always there.
void ensure_folder_of(const std::string& path) {
    const auto dir = folder_of(path);
    if (!path_exists(dir)) {
        make_dirs(dir);
        sync_dir(folder_of(dir));
    }
}

void collect_files(const std::string& dir, const std::string& prefix, int depth,
                   std::vector<std::string>& out) {
    if (depth > max_depth || !path_exists(dir)) {
        return;
    }
    for (const auto& name : list_dir(dir)) {
        const auto st = try_lstat(dir + "/" + name);
        if (st && S_ISDIR(st->st_mode)) {
            collect_files(dir + "/" + name, prefix + name + "/", depth + 1, out);
        } else if (st && !name.ends_with(".lock")) {
            out.push_back(prefix + name);
        }
    }
}

std::string ref_of(const VersionName& name, VersionState state) {
    return std::string(state == VersionState::draft ? draft_refs : tag_refs) + name.str();
}

std::string remote_ref_of(const std::string& registry, const std::string& version) {
    check_component(registry, "registry");
    return std::string(remote_refs) + registry + "/" + VersionName(version).str();
}

git::ReferenceHandle lookup(git_repository* repository, const std::string& ref) {
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository, ref.c_str());
    if (code == GIT_ENOTFOUND) {
        return nullptr;
    }
    git::check(code, fmt::format("cannot read ref '{}'", printable(ref)));
    return git::ReferenceHandle(raw);
}

/// A version whose tag object says so. @throws CorruptObject when it is another version's
git::TagText named_tag(const History::Impl& impl, const CommitId& id, const VersionName& name);

} // namespace

std::optional<CommitId> History::Impl::ref_target(const std::string& ref) const {
    const auto reference = lookup(repository.get(), ref);
    if (!reference) {
        return std::nullopt;
    }
    const auto* oid = git_reference_target(reference.get());
    if (oid == nullptr) {
        throw CorruptObject(fmt::format("ref '{}' is symbolic, which no ref but HEAD is", printable(ref)),
                            "dsctl fsck");
    }
    return git::to_id(*oid);
}

std::vector<std::string> History::Impl::ref_names(std::string_view prefix) const {
    // libgit2's own iterator leaves out refs that it cannot parse: collecting garbage by that list would
    // lose what they named. So the files are listed too, and reading such a ref says that it is damaged.
    std::vector<std::string> names;
    collect_files(path + "/refs", "refs/", 0, names);
    git_reference_iterator* raw = nullptr;
    git::check(git_reference_iterator_new(&raw, repository.get()), "cannot list refs");
    const git::RefIteratorHandle iterator(raw);
    const char* name = nullptr;
    int code = 0;
    while ((code = git_reference_next_name(&name, raw)) == 0) {
        names.emplace_back(name);
    }
    if (code != GIT_ITEROVER) {
        git::check(code, "cannot list refs");
    }
    std::erase_if(names, [&](const std::string& ref) {
        return !ref.starts_with(prefix) || ref.size() == prefix.size();
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void History::Impl::update_ref(const std::string& ref, const CommitId& to, Swap swap,
                               const std::optional<CommitId>& expected, const Signature& who,
                               const std::string& why) {
    writer.flush(); // objects before the ref that names them
    const auto action = fmt::format("cannot update ref '{}'", printable(ref));
    const auto log = path + "/logs/" + ref;
    const bool logged = !ref.starts_with(tag_refs);
    const bool new_log = logged && !path_exists(log);
    ensure_folder_of(path + "/" + ref);
    if (new_log) {
        ensure_folder_of(log);
    }
    const auto oid = git::to_oid(to);
    const auto signature = git::make_signature(who);
    git_transaction* raw = nullptr;
    git::check(git_transaction_new(&raw, repository.get()), action);
    const git::TransactionHandle transaction(raw);
    git::check(git_transaction_lock_ref(raw, ref.c_str()), action);
    const auto current = ref_target(ref);
    if (swap == Swap::compare && current != expected) {
        const auto text = [](const std::optional<CommitId>& id) {
            return id ? id->short_hex() : std::string("nothing");
        };
        throw Error(ErrorKind::conflict,
                    fmt::format("{} moved meanwhile (expected {}, found {})",
                                printable(ref.substr(ref.rfind('/') + 1)), text(expected), text(current)),
                    "dsctl log");
    }
    if (current == to) {
        return;
    }
    git::check(git_transaction_set_target(raw, ref.c_str(), &oid, signature.get(), why.c_str()), action);
    git::check(git_transaction_commit(raw), action);
    if (new_log && path_exists(log)) {
        sync_dir(folder_of(log));
    }
}

void History::Impl::remove_ref(const std::string& ref) {
    const int code = git_reference_remove(repository.get(), ref.c_str());
    if (code == GIT_ENOTFOUND) {
        return;
    }
    git::check(code, fmt::format("cannot remove ref '{}'", printable(ref)));
    // Unlike writing, libgit2's removing syncs nothing. The folder may be gone as well.
    const auto dir = folder_of(path + "/" + ref);
    sync_dir(path_exists(dir) ? dir : folder_of(dir));
}

namespace {

git::TagText named_tag(const History::Impl& impl, const CommitId& id, const VersionName& name) {
    auto tag = History::Impl::read_tag(impl.odb.get(), id);
    if (tag.name != name.str()) {
        throw CorruptObject(fmt::format("the tag of version {} is that of version {}", name.str(), tag.name),
                            "dsctl fsck");
    }
    return tag;
}

} // namespace

CurrentVersion History::current() {
    const auto head = lookup(impl_->repository.get(), std::string(head_ref));
    const char* target = head ? git_reference_symbolic_target(head.get()) : nullptr;
    const std::string_view ref = target == nullptr ? "" : target;
    const bool is_draft = ref.starts_with(draft_refs);
    const auto prefix = is_draft ? draft_refs : tag_refs;
    if (!ref.starts_with(prefix) || !VersionName::valid(ref.substr(prefix.size()))) {
        throw CorruptObject(fmt::format("'{}/HEAD' names no version", printable(impl_->path)),
                            "dsctl switch VERSION");
    }
    CurrentVersion current{VersionName(std::string(ref.substr(prefix.size()))),
                           is_draft ? VersionState::draft : VersionState::published, std::nullopt};
    if (is_draft) {
        current.commit = draft(current.name);
    } else if (auto tag = published(current.name)) {
        current.commit = tag->commit;
    } else {
        throw CorruptObject(
            fmt::format("the checkout stands on published version {}, which is missing", current.name.str()),
            "dsctl fetch");
    }
    return current;
}

void History::set_current(const VersionName& name, VersionState state) {
    const auto target = ref_of(name, state);
    if (state == VersionState::published && !impl_->ref_target(target)) {
        throw Error(ErrorKind::not_found, fmt::format("there is no published version {} here", name.str()),
                    "dsctl fetch");
    }
    const auto action = "cannot switch to version " + name.str();
    const auto head = lookup(impl_->repository.get(), std::string(head_ref));
    const char* old = head ? git_reference_symbolic_target(head.get()) : nullptr;
    if (old != nullptr && old == target) {
        return;
    }
    const auto signature = git::make_signature(own_signature());
    git_transaction* raw = nullptr;
    git::check(git_transaction_new(&raw, impl_->repository.get()), action);
    const git::TransactionHandle transaction(raw);
    git::check(git_transaction_lock_ref(raw, "HEAD"), action);
    git::check(git_transaction_set_symbolic_target(raw, "HEAD", target.c_str(), signature.get(),
                                                   fmt::format("switch: to {}", name.str()).c_str()),
               action);
    git::check(git_transaction_commit(raw), action);
}

std::optional<CommitId> History::draft(const VersionName& name) {
    return impl_->ref_target(ref_of(name, VersionState::draft));
}

void History::set_draft(const VersionName& name, const CommitId& to, const std::optional<CommitId>& expected,
                        const Signature& who, const std::string& why) {
    impl_->need_commit(to);
    impl_->update_ref(ref_of(name, VersionState::draft), to, Impl::Swap::compare, expected, who, why);
}

void History::remove_draft(const VersionName& name) {
    impl_->remove_ref(ref_of(name, VersionState::draft));
}

std::optional<PublishedTag> History::published(const VersionName& name) {
    const auto id = impl_->ref_target(ref_of(name, VersionState::published));
    if (!id) {
        return std::nullopt;
    }
    auto tag = named_tag(*impl_, *id, name);
    return PublishedTag{std::move(tag.commit), std::move(tag.record)};
}

void History::add_published(const VersionName& name, const CommitId& commit, const std::string& record,
                            const Signature& who) {
    if (const auto there = published(name)) {
        if (there->commit == commit && there->record == record) {
            return;
        }
        throw Error(ErrorKind::immutable,
                    fmt::format("version {} is published here already, with other content", name.str()),
                    "dsctl verify");
    }
    impl_->need_commit(commit);
    const auto tag =
        impl_->writer.put(GIT_OBJECT_TAG, git::write_tag_text({commit, name.str(), who, record}));
    impl_->update_ref(ref_of(name, VersionState::published), git::to_id(tag), Impl::Swap::compare,
                      std::nullopt, who, "publish: " + name.str());
}

std::vector<LocalVersion> History::versions() {
    std::vector<LocalVersion> out;
    for (const auto state : {VersionState::draft, VersionState::published}) {
        const auto prefix = state == VersionState::draft ? draft_refs : tag_refs;
        for (const auto& ref : impl_->ref_names(prefix)) {
            const auto text = ref.substr(prefix.size());
            const auto id = VersionName::valid(text) ? impl_->ref_target(ref) : std::nullopt;
            if (id) { // else: not one of ours, or removed meanwhile
                const VersionName name(text);
                out.push_back(
                    {name, state, state == VersionState::draft ? *id : named_tag(*impl_, *id, name).commit});
            }
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
}

std::optional<CommitId> History::remote(const std::string& registry, const std::string& version) {
    return impl_->ref_target(remote_ref_of(registry, version));
}

void History::set_remote(const std::string& registry, const std::string& version, const CommitId& to) {
    impl_->need_commit(to);
    impl_->update_ref(remote_ref_of(registry, version), to, Impl::Swap::always, std::nullopt, own_signature(),
                      "seen in " + registry);
}

void History::remove_remote(const std::string& registry, const std::string& version) {
    impl_->remove_ref(remote_ref_of(registry, version));
}

std::vector<History::RemoteRef> History::remotes() {
    std::vector<RemoteRef> out;
    for (const auto& ref : impl_->ref_names(remote_refs)) {
        const auto name = ref.substr(remote_refs.size());
        const auto slash = name.find('/');
        const auto id = slash == std::string::npos ? std::nullopt : impl_->ref_target(ref);
        if (id) {
            out.push_back({name.substr(0, slash), name.substr(slash + 1), *id});
        }
    }
    return out;
}

std::vector<std::pair<std::string, CommitId>> History::all_refs() {
    std::vector<std::pair<std::string, CommitId>> out;
    for (const auto& ref : impl_->ref_names("refs/")) {
        const auto id = impl_->ref_target(ref);
        if (!id) {
            continue; // removed meanwhile
        }
        const auto commit = impl_->peel(*id);
        if (!commit) {
            throw CorruptObject(
                fmt::format("ref '{}' names {}, which is no commit here", printable(ref), id->hex()),
                "dsctl fsck");
        }
        out.emplace_back(ref, *commit);
    }
    return out;
}

namespace {

std::vector<ReflogEntry> read_reflog(const History::Impl& impl, const std::string& ref) {
    const int there = git_reference_has_log(impl.repository.get(), ref.c_str());
    git::check(there, fmt::format("cannot read the reflog of '{}'", printable(ref)));
    if (there == 0) { // reading would create it
        return {};
    }
    git_reflog* raw = nullptr;
    git::check(git_reflog_read(&raw, impl.repository.get(), ref.c_str()),
               fmt::format("cannot read the reflog of '{}'", printable(ref)));
    const git::ReflogHandle log(raw);
    // HEAD's names tag objects for the time it stood on a published version.
    const auto id_of = [&](const git_oid* oid) {
        if (oid == nullptr || git_oid_is_zero(oid) == 1) {
            return CommitId();
        }
        const auto id = git::to_id(*oid);
        if (ref != head_ref) {
            return id;
        }
        try {
            return impl.peel(id).value_or(id);
        } catch (const CorruptObject&) {
            return id;
        }
    };
    std::vector<ReflogEntry> out;
    const std::size_t n = git_reflog_entrycount(raw);
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto* entry = git_reflog_entry_byindex(raw, i);
        const auto* who = git_reflog_entry_committer(entry);
        const char* message = git_reflog_entry_message(entry);
        out.push_back({id_of(git_reflog_entry_id_old(entry)),
                       id_of(git_reflog_entry_id_new(entry)),
                       {who->name, who->email, who->when.time, who->when.offset},
                       message == nullptr ? "" : message});
    }
    return out;
}

} // namespace

std::vector<ReflogEntry> History::reflog(const std::string& ref) {
    if (ref == head_ref || ref.starts_with("refs/")) {
        return read_reflog(*impl_, ref);
    }
    return read_reflog(*impl_,
                       std::string(ref.find('/') == std::string::npos ? draft_refs : remote_refs) + ref);
}

std::vector<CommitId> History::reflog_commits(std::int64_t not_before) {
    std::vector<std::string> logs{std::string(head_ref)};
    collect_files(impl_->path + "/logs/refs", "refs/", 0, logs);
    std::vector<CommitId> out;
    for (const auto& log : logs) {
        for (const auto& entry : read_reflog(*impl_, log)) {
            if (entry.who.time >= not_before) {
                out.push_back(entry.before);
                out.push_back(entry.after);
            }
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    std::erase_if(out, [&](const CommitId& id) { return !has_commit(id); });
    return out;
}

} // namespace ds
