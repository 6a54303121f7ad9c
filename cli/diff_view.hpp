// Differences as text: patch, --stat, --name-status or JSON. Used by `diff` and `show`.
#pragma once

#include "cli.hpp"
#include "dataset/versions.hpp"

#include <string>
#include <vector>

namespace ds::cli {

enum class DiffForm { patch, stat, name_status, paths, rows };

/// What the options --stat, --name-status and -q ask for. @throws Error(usage) for several
[[nodiscard]] DiffForm diff_form(Cli& cli, const Arguments& args, DiffForm otherwise);

/// Takes differences one by one and prints them; holds a bounded number of lines for alignment.
class DiffView {
  public:
    /// @param json where items go instead; may be null. The caller began its array.
    /// @param key columns for the form `rows`
    DiffView(Cli& cli, DiffForm form, JsonDocument* json, std::vector<std::string> key = {})
        : cli_(cli), form_(form), json_(json), key_(std::move(key)) {}
    void add(const DiffItem& item);
    /// Prints the sums of --stat.
    void finish();
    [[nodiscard]] std::uint64_t count() const noexcept { return added_ + modified_ + deleted_ + renamed_; }
    /// Members "added", "modified", … of the JSON document.
    void sums(JsonDocument& json) const;

  private:
    struct StatLine {
        std::string path;
        std::string what;
    };
    void patch(const DiffItem& item);
    void stat(const DiffItem& item);
    void rows(const DiffItem& item);
    /// The member "rows" of an item.
    [[nodiscard]] Json rows_json(const DiffItem& item) const;
    void flush_stat();

    Cli& cli_;
    DiffForm form_;
    JsonDocument* json_;
    std::vector<std::string> key_;
    std::vector<StatLine> lines_;
    std::uint64_t added_ = 0, modified_ = 0, deleted_ = 0, renamed_ = 0;
    std::uint64_t bytes_before_ = 0, bytes_after_ = 0;
};

} // namespace ds::cli
