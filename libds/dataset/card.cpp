#include "dataset/card.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/versions.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// "[registry/]ns/name:version", or a version of the same dataset.
std::optional<VersionFacts::From> parse_from(const std::string& from, const DatasetName& dataset) {
    if (VersionName::valid(from)) {
        return VersionFacts::From{dataset, from};
    }
    try {
        const auto ref = DatasetRef::parse(from);
        if (ref.ns && ref.version) {
            return VersionFacts::From{DatasetName(*ref.ns, ref.name), ref.version->str()};
        }
    } catch (const Error&) { // what a catalog says is a hint
    }
    return std::nullopt;
}

std::optional<std::string> read_card(VersionView& view) {
    const std::string path(card_path);
    const auto entry = tree_find(view.nodes(), view.tree().root, path);
    if (!entry || entry->kind == EntryKind::empty_dir || entry->kind == EntryKind::symlink) {
        return std::nullopt;
    }
    if (entry->size > max_card_bytes) {
        throw Error(ErrorKind::failure,
                    fmt::format("{} of {} has {}; a card has at most {}", card_path, view.name(),
                                human_bytes(entry->size), human_bytes(max_card_bytes)),
                    "keep the long part in a file of its own");
    }
    std::string text;
    if (entry->size > 0) {
        view.content().stream(path, *entry, [&](ByteView bytes) { text.append(bytes); });
    }
    return text;
}

std::optional<std::string> read_worktree_card(const std::string& path) {
    const auto stat = try_stat(path);
    if (!stat) {
        return std::nullopt;
    }
    if (!S_ISREG(stat->st_mode)) {
        throw Error(ErrorKind::failure, fmt::format("'{}' is no file", printable(path)),
                    fmt::format("mv {0} {0}.old", printable(path)));
    }
    return try_read_file(path, max_card_bytes);
}

} // namespace

Card CardedVersion::card() const {
    try {
        return text ? parse_card(*text) : Card{};
    } catch (const YamlError& error) {
        throw Error(ErrorKind::failure,
                    fmt::format("{} of {}, line {}: {}", card_path, name, error.line(),
                                printable(error.what_is_wrong())),
                    in_worktree ? "dsctl card lint" : "dsctl card lint " + name);
    }
}

EachFile CardedVersion::files() {
    return [this](const std::function<void(const FileFacts&)>& visit) {
        if (view.tree().entries == 0) {
            return;
        }
        for (TreeCursor cursor(view.nodes(), view.tree().root); cursor.valid(); cursor.next()) {
            if (cursor.entry().kind != EntryKind::empty_dir) {
                visit({cursor.path(), cursor.entry().size, cursor.entry().hash});
            }
        }
    };
}

VersionFacts facts_of(Session& session, const ResolvedVersion& version) {
    VersionFacts facts;
    facts.registry = version.registry;
    facts.registry_url = version.registry_url;
    facts.dataset = version.dataset;
    facts.version = version.version;
    facts.published = version.published;
    facts.digest = version.digest;
    facts.commit = version.commit;
    facts.files =
        version.manifest ? version.manifest->files + version.manifest->symlinks : version.roots.tree.entries;
    facts.bytes = version.roots.tree.bytes;
    facts.time = version.time;
    facts.author = version.author;
    facts.message = version.message;
    if (const auto catalog = session.registry(version.registry).catalog(version.dataset)) {
        for (const auto& row : catalog->versions) {
            if (row.version == version.version) {
                facts.from = parse_from(row.from, version.dataset);
            }
        }
    }
    if (!facts.from && version.origin) {
        facts.from = parse_from(version.origin->ref, version.dataset);
    }
    return facts;
}

CardedVersion carded_version(Session& session, const DatasetRef& ref) {
    auto view = VersionView::of_ref(session, ref);
    auto facts = facts_of(session, *view.resolved());
    auto name = fmt::format("{}/{}:{}", facts.registry, facts.dataset.str(), facts.version);
    auto text = view.tree().entries == 0 ? std::nullopt : read_card(view);
    return {std::move(view), std::move(facts), std::move(name), std::move(text), false};
}

CardedVersion carded_checkout(Repository& repository) {
    auto& session = repository.session();
    const auto current = repository.history().current();
    VersionFacts facts;
    facts.registry = repository.registry_alias();
    for (const auto& entry : session.registries()) {
        if (entry.alias == facts.registry) {
            facts.registry_url = entry.url;
        }
    }
    facts.dataset = repository.name();
    facts.version = current.name.str();
    facts.published = current.state == VersionState::published;
    facts.time = session.now();
    facts.author = session.author().name;
    const auto staged = repository.worktree().staged();
    facts.files = staged.entries;
    facts.bytes = staged.bytes;
    if (current.commit) {
        facts.commit = current.commit->hex();
        const auto commit = repository.history().read_commit(*current.commit);
        facts.time = commit.data.author.time;
        facts.author = commit.data.author.name;
        facts.message = commit.data.message;
        facts.from = parse_from(inherited_version(repository, current.name, *current.commit), facts.dataset);
    }
    if (const auto tag = facts.published ? repository.history().published(current.name) : std::nullopt) {
        const auto record = Record::parse(tag->record, "the record of " + facts.version);
        facts.digest = record.digest;
        facts.files = record.manifest.files + record.manifest.symlinks;
        facts.time = record.time;
        facts.author = record.author;
        facts.message = record.message;
    }
    auto name = fmt::format("{}:{}", facts.dataset.str(), facts.version);
    auto text = read_worktree_card(repository.root() + "/" + std::string(card_path));
    return {VersionView::of_checkout(repository), std::move(facts), std::move(name), std::move(text), true};
}

std::string card_to_edit(Repository& repository, bool& existed) {
    auto path = repository.root() + "/" + std::string(card_path);
    existed = path_exists(path);
    if (!existed) {
        auto& session = repository.session();
        const auto author = session.author();
        write_file_atomic(path,
                          card_template(repository.name().str(),
                                        session.config().get("dataset.description").value_or(""),
                                        author.name + " <" + author.email + ">"),
                          Durability::volatile_, 0644);
    }
    return path;
}

} // namespace ds
