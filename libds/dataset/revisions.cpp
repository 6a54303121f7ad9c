// What a word names in a checkout: a version, a revision of git, or a full reference to this very dataset.
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/repository.hpp"
#include "model/tree.hpp"

#include <fmt/format.h>

namespace ds {

CommitId Repository::resolve(const std::string& revision) {
    std::string word = revision.starts_with(":") ? revision.substr(1) : revision;
    if (word == "@") {
        word = "HEAD";
    }
    if (const auto commit = history().resolve(word)) {
        return *commit;
    }
    if (const auto current = history().current();
        !current.commit && (word == "HEAD" || word == current.name.str())) {
        throw Error(ErrorKind::not_found, fmt::format("draft {} has no commits", current.name.str()),
                    "dsctl add . && dsctl commit -m MESSAGE");
    }
    if (word == "HEAD" || word.starts_with("HEAD~") || word.starts_with("HEAD^")) {
        throw Error(ErrorKind::not_found, fmt::format("'{}' has no commit here", printable(word)),
                    "dsctl log");
    }
    // A version that only a registry has: what was fetched last.
    for (const auto& remote : history().remotes()) {
        if (remote.version == word || remote.registry + "/" + remote.version == word) {
            return remote.commit;
        }
    }
    if (const auto commit = resolve_reference(revision)) {
        return *commit;
    }
    std::vector<std::string> names;
    for (const auto& version : history().versions()) {
        names.push_back(version.name.str());
    }
    refuse_file_as_git(word);
    const auto near = closest(word, names);
    throw Error(ErrorKind::not_found,
                fmt::format("'{}' is no version or commit of {}", printable(word), name_->str()),
                path_exists(word) ? fmt::format("a path stands behind --: -- {}", printable(word))
                : near.empty()    ? "dsctl versions"
                                  : fmt::format("did you mean '{}'?", near));
}

void Repository::refuse_file_as_git(const std::string& word) {
    if (const auto hint = path_of_revision_hint(word)) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' would name a file in git, and names nothing here", printable(word)),
                    *hint);
    }
}

std::optional<std::string> Repository::path_of_revision_hint(std::string_view word) {
    const auto colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::nullopt;
    }
    const std::string revision(word.substr(0, colon));
    const std::string path(word.substr(colon + 1));
    const auto commit = history().resolve(revision);
    if (!commit) {
        return std::nullopt;
    }
    std::optional<Entry> entry;
    try {
        entry = tree_find(store(), tree_of(commit).root, path);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) {
            throw;
        } // whoever follows the hint is told
    }
    const bool file = entry && entry->kind != EntryKind::empty_dir;
    return fmt::format("dsctl {} --in {}{}{}", file ? "cat" : "ls", printable(revision),
                       path.empty() ? "" : " ", printable(path));
}

std::optional<VersionName> Repository::newest_published() {
    std::optional<VersionName> newest;
    std::uint64_t sequence = 0;
    for (const auto& version : history().versions()) {
        const auto tag = history().published(version.name);
        const auto number = tag ? Record::parse(tag->record, version.name.str()).sequence : 0;
        if (number > sequence) {
            newest = version.name;
            sequence = number;
        }
    }
    return newest;
}

std::optional<CommitId> Repository::resolve_reference(const std::string& word) {
    const auto ref = DatasetRef::parse_if(word);
    if (!ref || (!ref->ns && !ref->version && !ref->digest)) {
        return std::nullopt;
    }
    if (DatasetName(ref->ns.value_or(name().ns()), ref->name) != name()) {
        if (!ref->version || (!ref->ns && history().resolve(ref->name))) {
            return std::nullopt; // as likely REGISTRY/VERSION, or git's VERSION:FILE
        }
        throw Error(ErrorKind::not_found,
                    fmt::format("'{}' is of another dataset; this is a checkout of {}", printable(word),
                                name().str()),
                    "dsctl clone " + ref->str());
    }
    const auto version = ref->version ? ref->version : newest_published();
    if (!version) {
        return std::nullopt;
    }
    const auto tag = history().published(*version);
    if (ref->digest) {
        const auto digest =
            tag ? std::optional(Record::parse(tag->record, version->str()).digest) : std::nullopt;
        if (digest != ref->digest) {
            throw Error(ErrorKind::conflict,
                        fmt::format("{}:{} is {}, not {}", name().str(), version->str(),
                                    digest ? digest_str(*digest) : "not published as far as is known here",
                                    digest_str(*ref->digest)),
                        "dsctl versions");
        }
    }
    if (ref->registry) {
        return history().remote(*ref->registry, version->str());
    }
    if (tag) {
        return tag->commit;
    }
    const auto draft = history().draft(*version);
    return draft ? draft : history().remote(registry_alias(), version->str());
}

} // namespace ds
