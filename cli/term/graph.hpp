// The drawing beside `log --graph`: one lane per line of history that still waits for its commit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ds::cli {

/// Commits must come in an order where children precede parents. Memory: the lanes. Value type.
class CommitGraph {
  public:
    /// Rows to print for a commit: `before` (edges only), then the one with the '*' where the commit's first
    /// line of text goes, then for each further line of its text padding(), then `after`.
    struct Rows {
        std::string commit;             ///< "| * |"
        std::string padding;            ///< "| | |" for further lines of the same commit
        std::vector<std::string> after; ///< "| |\ ", "|/"
    };
    [[nodiscard]] Rows add(std::string_view id, const std::vector<std::string>& parents);

  private:
    [[nodiscard]] std::string bars() const;
    std::vector<std::string> lanes_; ///< the commit each lane waits for
};

} // namespace ds::cli
