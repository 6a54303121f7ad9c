// Text and JSON of things that several commands show.
#pragma once

#include "cli.hpp"
#include "dataset/versions.hpp"
#include "transfer/push.hpp"

#include <string>
#include <vector>

namespace ds::cli {

/// "published", "draft".
[[nodiscard]] std::string_view state_word(VersionState state);
/// "added", "modified", "deleted", "type-changed", "renamed", "conflicted".
[[nodiscard]] std::string_view change_word(ChangeKind kind);

/// {"mode", "size", "sha256"}; null for no entry. A hash nobody computed is left out.
[[nodiscard]] Json entry_json(const std::optional<Entry>& entry);
/// {"kind", "path", "old_path"?, "before", "after"}
[[nodiscard]] Json change_json(const Change& change);
[[nodiscard]] Json conflict_json(const MergeConflict& conflict);
/// {"id", "parents", "author", …, "message", "names"}
[[nodiscard]] Json commit_json(const LogCommit& commit);
[[nodiscard]] Json checkout_json(const CheckoutResult& result);
[[nodiscard]] Json stats_json(const TransferStats& stats);

/// "3 added, 1 deleted"; kinds of which there are none are left out.
[[nodiscard]] std::string counts_text(std::uint64_t added, std::uint64_t modified, std::uint64_t deleted);
/// "42 files (1.2 GiB) written, 3 removed".
[[nodiscard]] std::string checkout_text(const CheckoutResult& result);
/// "1.2 GiB in 20 packs sent, 3.4 GiB there already" or the like.
[[nodiscard]] std::string transfer_text(const TransferStats& stats, std::string_view verb);

/// " (HEAD, v1, lab/v1)" in colours, or nothing.
[[nodiscard]] std::string names_text(const std::vector<std::string>& names, const Style& style);
/// The head of `log` and `show`: commit, author, date, totals, message.
[[nodiscard]] std::string commit_text(const LogCommit& commit, const Style& style);
/// The first line of a message, escaped.
[[nodiscard]] std::string subject(const std::string& message);

/// "mode sha256" as JSON uses it: hex without prefix.
[[nodiscard]] inline Json json_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

/// Collects notices of a kind and shows at most a few of them: "… and 12 more".
class Capped {
  public:
    explicit Capped(std::size_t most) : most_(most) {}
    /// Whether the next one is to be shown.
    [[nodiscard]] bool next() { return count_++ < most_; }
    [[nodiscard]] std::size_t hidden() const { return count_ > most_ ? count_ - most_ : 0; }
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    std::size_t most_;
    std::size_t count_ = 0;
};

} // namespace ds::cli
