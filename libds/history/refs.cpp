// What the refs mean: where the checkout stands, drafts, published versions, remote tracking.
#include "base/path.hpp"
#include "history/history_impl.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// For what has no author of its own.
Signature own_signature() {
    return {"dsctl", "dsctl@localhost", unix_now(), 0};
}

std::string ref_of(const VersionName& name, VersionState state) {
    return std::string(state == VersionState::draft ? draft_refs : tag_refs) + name.str();
}

std::string remote_ref_of(const std::string& registry, const std::string& version) {
    check_component(registry, "registry");
    return std::string(remote_refs) + registry + "/" + VersionName(version).str();
}

} // namespace

namespace {

git::TagText named_tag(const History::Impl& impl, const CommitId& id, const VersionName& name) {
    auto tag = History::Impl::read_tag(impl.odb.get(), id);
    if (tag.name != name.str()) {
        throw CorruptObject(fmt::format("the tag of version {} is that of version {}", name.str(), tag.name),
                            "dsctl fsck --repair");
    }
    return tag;
}

} // namespace

CurrentVersion History::current() {
    const std::string ref = impl_->head_target();
    const bool is_draft = ref.starts_with(draft_refs);
    const auto prefix = is_draft ? draft_refs : tag_refs;
    if (!ref.starts_with(prefix) || !VersionName::valid(ref.substr(prefix.size()))) {
        throw CorruptObject(fmt::format("'{}/HEAD' names no version", printable(impl_->path)),
                            "dsctl switch VERSION");
    }
    CurrentVersion current{VersionName(ref.substr(prefix.size())),
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
    const auto commit_of = [&](const std::string& ref) {
        const auto id = impl_->ref_target(ref);
        return id ? impl_->peel(*id) : std::nullopt;
    };
    const auto after = commit_of(target);
    if (state == VersionState::published && !after) {
        throw Error(ErrorKind::not_found, fmt::format("there is no published version {} here", name.str()),
                    "dsctl fetch");
    }
    std::string old;
    std::optional<CommitId> before;
    try {
        old = impl_->head_target();
        before = old.empty() ? std::nullopt : commit_of(old);
    } catch (const CorruptObject&) { // switching is the way out of a damaged HEAD
    }
    if (old != target) {
        impl_->set_head(target, before, after, own_signature(), "switch: to " + name.str());
    }
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

std::vector<std::string> History::damaged_refs() {
    std::vector<std::string> out;
    for (const auto& ref : impl_->ref_names("refs/")) {
        try {
            const auto id = impl_->ref_target(ref);
            if (id && ref.starts_with(tag_refs)) {
                static_cast<void>(named_tag(*impl_, *id, VersionName(ref.substr(tag_refs.size()))));
            }
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            out.push_back(ref);
        }
    }
    return out;
}

void History::forget_damaged_ref(const std::string& ref) {
    const auto file = impl_->path + "/" + ref;
    remove_file(file);
    sync_dir(file.substr(0, file.rfind('/')));
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
                "dsctl fsck --repair");
        }
        out.emplace_back(ref, *commit);
    }
    return out;
}

} // namespace ds
