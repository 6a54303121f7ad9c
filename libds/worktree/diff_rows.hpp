// Comparing two tables row by row, whatever their size and order.
#pragma once

#include "base/bytes.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "base/table_rows.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ds {

/// A table's bytes: all of them in order, and any part again.
struct RowSource {
    std::function<void(const std::function<void(ByteView)>&)> stream;
    /// Exactly these bytes, fewer only at the end.
    std::function<ByteString(std::uint64_t offset, std::uint64_t length)> read;
};

struct RowDiffOptions {
    TableForm form = TableForm::csv;
    /// Columns (members, for jsonl) that say which row is which. None: rows are compared as a whole, and are
    /// there or not there.
    std::vector<std::string> key;
    std::string scratch_dir; ///< for what does not fit in memory: about 52 bytes a row
};

/// A difference; an absent side is empty. Rows are without their line break.
struct RowChange {
    enum class Op { added, removed, changed };
    Op op = Op::added;
    std::string_view before;
    std::string_view after;
};

struct RowDiff {
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
    std::uint64_t changed = 0;
    std::vector<std::string> columns; ///< before; empty for jsonl
    std::vector<std::string> columns_after;
};

/// A table that cannot be compared as asked: names the row or the column, not the file.
class RowError : public Error {
  public:
    using Error::Error;
};

/// Rows are told apart by hashes, so their order does not matter; with different columns only those that both
/// sides have are compared. `begin` is called once with the columns, then `visit` for each difference, in the
/// order of the tables while all rows fit in memory (a million), in batches beyond. Memory is bounded by 128 MiB.
/// @throws RowError (usage: a key column that a side lacks; failure: a row that cannot be read)
RowDiff diff_rows(const RowSource& before, const RowSource& after, const RowDiffOptions& options,
                  Context& context, const std::function<void(const RowDiff& columns)>& begin,
                  const std::function<void(const RowChange&)>& visit);

} // namespace ds
