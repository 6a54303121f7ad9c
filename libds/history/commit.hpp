// Commits as the rest of the library sees them. Nothing of libgit2 shows here.
#pragma once

#include "model/documents.hpp"
#include "model/tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// A git object id: 40 lower-case hex digits. Always valid. SHA-1: never public identity.
class CommitId {
  public:
    CommitId() = default; ///< the null id
    /// @throws Error(usage)
    explicit CommitId(std::string hex);
    [[nodiscard]] const std::string& hex() const noexcept { return hex_; }
    [[nodiscard]] std::string short_hex() const { return hex_.substr(0, 10); }
    [[nodiscard]] bool is_null() const noexcept { return hex_.empty(); }
    friend auto operator<=>(const CommitId&, const CommitId&) = default;

  private:
    std::string hex_;
};

struct Signature {
    std::string name;
    std::string email;
    std::int64_t time = 0;
    int offset_minutes = 0;
    friend bool operator==(const Signature&, const Signature&) = default;
};

/// What a commit records. Its git tree holds one blob, `dataset`:
///   dsctl-commit 1\n  tree sha256:<hex>\n  entries <n>\n  bytes <n>\n  [origin <ref> sha256:<hex>|-\n]
struct CommitData {
    TreeInfo tree;
    std::vector<CommitId> parents;
    std::optional<Origin> origin;
    Signature author;
    std::string message;
};

struct Commit {
    CommitId id;
    CommitData data;
};

} // namespace ds
