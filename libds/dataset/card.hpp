// The card of a version, and what exports say of the version beside it.
#pragma once

#include "card/exports.hpp"
#include "dataset/inspect.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ds {

/// A version with its card. Refers to the session or repository it came from.
struct CardedVersion {
    VersionView view;
    VersionFacts facts;
    std::string name;                ///< for messages
    std::optional<std::string> text; ///< README.md; nothing where there is none
    bool in_worktree = false;        ///< the text is the file in the work tree

    /// @throws Error(corrupt) for front matter that is no YAML; an empty card where there is none
    [[nodiscard]] Card card() const;
    /// Every file and link. May be called several times; refers to this.
    [[nodiscard]] EachFile files();
};

/// A version in a registry.
[[nodiscard]] CardedVersion carded_version(Session& session, const DatasetRef& ref);
/// The version the checkout stands on: the card of the work tree, the files as they are staged.
[[nodiscard]] CardedVersion carded_checkout(Repository& repository);
/// What exports say of a version that was resolved. One request for where it inherits from.
[[nodiscard]] VersionFacts facts_of(Session& session, const ResolvedVersion& version);

/// The path of the work tree's card, for an editor; a template is written where there is none.
/// @returns whether it was there already, in `existed`
[[nodiscard]] std::string card_to_edit(Repository& repository, bool& existed);

} // namespace ds
