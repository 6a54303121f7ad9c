// Two passes: the first notes hashes of key and row for every row of both sides, the second reads again only what
// differs.
#include "worktree/diff_rows.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "codec/json.hpp"
#include "worktree/row_records.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tuple>
#include <utility>

namespace ds {

namespace {

constexpr std::uint64_t header_bytes = 1u << 20;
constexpr std::uint64_t window_bytes = 4u << 20;

using Half = std::array<std::uint8_t, 16>;

Half half_hash(std::string_view bytes) {
    const Sha256 whole = sha256(bytes);
    Half out;
    std::memcpy(out.data(), whole.bytes.data(), out.size());
    return out;
}

std::vector<std::string> columns_of(const RowSource& source, TableForm form) {
    std::vector<std::string> columns;
    if (form == TableForm::jsonl) {
        return columns;
    }
    bool first = true;
    RowScanner scanner(form, [&](std::string_view row, std::uint64_t) {
        if (first) {
            columns = row_fields(row, form);
            first = false;
        }
    });
    scanner.feed(source.read(0, header_bytes));
    scanner.finish();
    return columns;
}

std::size_t index_of(const std::vector<std::string>& columns, const std::string& name) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
}

/// How the rows of one side are told apart.
class RowNames {
  public:
    RowNames(const RowDiffOptions& options, const std::vector<std::string>& mine,
             const std::vector<std::string>& other)
        : options_(options) {
        if (options.form == TableForm::jsonl) {
            return;
        }
        for (const std::string& name : options.key) {
            key_.push_back(index_of(mine, name));
            if (key_.back() == mine.size()) {
                throw RowError(ErrorKind::usage, fmt::format("there is no column '{}'; there are: {}", name,
                                                             fmt::join(mine, ", ")));
            }
        }
        if (mine != other) {
            std::vector<std::string> common;
            for (const std::string& name : mine) {
                if (index_of(other, name) < other.size()) {
                    common.push_back(name);
                }
            }
            std::sort(common.begin(), common.end()); // the same order on both sides
            for (const std::string& name : common) {
                compared_.push_back(index_of(mine, name));
            }
            by_column_ = true;
        }
    }

    [[nodiscard]] std::pair<Half, Half> operator()(std::string_view row) const {
        if (options_.form == TableForm::jsonl) {
            const Half whole = half_hash(row);
            return {options_.key.empty() ? whole : half_hash(json_key(row)), whole};
        }
        if (!by_column_ && key_.empty()) {
            const Half whole = half_hash(row);
            return {whole, whole};
        }
        const auto fields = row_fields(row, options_.form);
        const Half whole = half_hash(by_column_ ? joined(fields, compared_) : std::string(row));
        return {key_.empty() ? whole : half_hash(joined(fields, key_)), whole};
    }

  private:
    static std::string joined(const std::vector<std::string>& fields, const std::vector<std::size_t>& which) {
        std::string out;
        for (const std::size_t i : which) {
            const std::string_view field =
                i < fields.size() ? std::string_view(fields[i]) : std::string_view();
            out += fmt::format("{}:{}", field.size(), field);
        }
        return out;
    }
    std::string json_key(std::string_view row) const {
        const Json value = Json::parse(row, "the row");
        std::string out;
        for (const std::string& name : options_.key) {
            const Json* const member = value.find(name);
            if (member == nullptr) {
                throw RowError(ErrorKind::usage, fmt::format("it has no member '{}'", name));
            }
            const std::string text = member->dump();
            out += fmt::format("{}:{}", text.size(), text);
        }
        return out;
    }

    const RowDiffOptions& options_;
    std::vector<std::size_t> key_;
    std::vector<std::size_t> compared_;
    bool by_column_ = false;
};

void note_rows(const RowSource& source, std::uint32_t side, const RowDiffOptions& options,
               const RowNames& names, Context& context, RowRecords& records) {
    bool header = options.form != TableForm::jsonl;
    std::uint64_t number = 0;
    RowScanner scanner(options.form, [&](std::string_view row, std::uint64_t offset) {
        ++number;
        if (std::exchange(header, false)) {
            return;
        }
        try {
            const auto [key, whole] = names(row);
            records.add({key, whole, offset, static_cast<std::uint32_t>(row.size()), side});
        } catch (const CorruptObject& error) {
            throw RowError(ErrorKind::failure, fmt::format("row {}: {}", number, error.message()));
        } catch (const RowError& error) {
            throw RowError(error.kind(), fmt::format("row {}: {}", number, error.message()));
        }
    });
    source.stream([&](ByteView piece) {
        context.check_stop();
        scanner.feed(piece);
        context.progress.advance(0, piece.size());
    });
    scanner.finish();
}

/// Rows of one side by their places, which mostly rise.
class RowReader {
  public:
    explicit RowReader(const RowSource& source) : source_(source) {}
    std::string read(const RowRecord& record) {
        if (record.offset < at_ || record.offset + record.length > at_ + window_.size()) {
            at_ = record.offset;
            window_ = source_.read(at_, std::max<std::uint64_t>(window_bytes, record.length));
        }
        return std::string(ByteView(window_).substr(record.offset - at_, record.length));
    }

  private:
    const RowSource& source_;
    ByteString window_;
    std::uint64_t at_ = 0;
};

struct Difference {
    const RowRecord* before = nullptr;
    const RowRecord* after = nullptr;
    [[nodiscard]] std::uint64_t place() const noexcept { return (after != nullptr ? after : before)->offset; }
};

/// The differences among the records of one key: equal rows cancel out, the rest are pairs as they come.
void match(const RowRecord* first, const RowRecord* last, std::vector<Difference>& out) {
    std::vector<const RowRecord*> before;
    std::vector<const RowRecord*> after;
    // Sorted by row, then side, then place: equal rows of both sides lie together.
    for (const RowRecord* r = first; r != last;) {
        const RowRecord* end = r;
        std::size_t sides[2] = {0, 0};
        while (end != last && end->row == r->row) {
            ++sides[end->side];
            ++end;
        }
        const std::size_t same = std::min(sides[0], sides[1]);
        for (std::size_t i = same; i < sides[0]; ++i) {
            before.push_back(r + i);
        }
        for (std::size_t i = same; i < sides[1]; ++i) {
            after.push_back(r + sides[0] + i);
        }
        r = end;
    }
    const auto by_place = [](const RowRecord* a, const RowRecord* b) { return a->offset < b->offset; };
    std::sort(before.begin(), before.end(), by_place);
    std::sort(after.begin(), after.end(), by_place);
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
        out.push_back({i < before.size() ? before[i] : nullptr, i < after.size() ? after[i] : nullptr});
    }
}

} // namespace

RowDiff diff_rows(const RowSource& before, const RowSource& after, const RowDiffOptions& options,
                  Context& context, const std::function<void(const RowDiff&)>& begin,
                  const std::function<void(const RowChange&)>& visit) {
    RowDiff out;
    out.columns = columns_of(before, options.form);
    out.columns_after = columns_of(after, options.form);
    begin(out);
    RowRecords records(options.scratch_dir);
    note_rows(before, 0, options, RowNames(options, out.columns, out.columns_after), context, records);
    note_rows(after, 1, options, RowNames(options, out.columns_after, out.columns), context, records);

    RowReader old_rows(before);
    RowReader new_rows(after);
    records.for_each_group([&](std::vector<RowRecord>& group) {
        std::sort(group.begin(), group.end(), [](const RowRecord& a, const RowRecord& b) {
            return std::tie(a.key, a.row, a.side, a.offset) < std::tie(b.key, b.row, b.side, b.offset);
        });
        std::vector<Difference> differences;
        const RowRecord* const end = group.data() + group.size();
        for (const RowRecord* r = group.data(); r != end;) {
            const RowRecord* const next = std::find_if(r, static_cast<const RowRecord*>(end),
                                                       [&](const RowRecord& o) { return o.key != r->key; });
            match(r, next, differences);
            r = next;
        }
        std::stable_sort(differences.begin(), differences.end(),
                         [](const Difference& a, const Difference& b) { return a.place() < b.place(); });
        for (const Difference& d : differences) {
            context.check_stop();
            const std::string old_row = d.before != nullptr ? old_rows.read(*d.before) : std::string();
            const std::string new_row = d.after != nullptr ? new_rows.read(*d.after) : std::string();
            const auto op = d.before == nullptr  ? RowChange::Op::added
                            : d.after == nullptr ? RowChange::Op::removed
                                                 : RowChange::Op::changed;
            ++(op == RowChange::Op::added     ? out.added
               : op == RowChange::Op::removed ? out.removed
                                              : out.changed);
            visit({op, old_row, new_row});
        }
    });
    return out;
}

} // namespace ds
