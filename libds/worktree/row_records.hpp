// What a row diff remembers of each row, in memory or, for large tables, in a file by parts of the key.
#pragma once

#include "base/bytes.hpp"
#include "os/fd.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ds {

struct RowRecord {
    std::array<std::uint8_t, 16> key;
    std::array<std::uint8_t, 16> row;
    std::uint64_t offset;
    std::uint32_t length;
    std::uint32_t side; ///< 0 before, 1 after
};

/// Collects records, then hands them out in groups that hold all records of a key. Not thread-safe.
class RowRecords {
  public:
    explicit RowRecords(std::string scratch_dir) : scratch_dir_(std::move(scratch_dir)) {}
    void add(const RowRecord& record);
    /// Each group once; the vector may be changed.
    void for_each_group(const std::function<void(std::vector<RowRecord>&)>& use);

  private:
    static constexpr std::size_t in_memory = 1u << 20; // 48 MiB
    static constexpr std::size_t parts = 1024;
    static constexpr std::size_t block = 512; // records of a part that are written at once

    struct Part {
        std::vector<RowRecord> open;
        std::vector<std::uint64_t> blocks; ///< offsets in the file, of `block` records each
    };
    void spill();
    void put(const RowRecord& record);

    std::string scratch_dir_;
    std::vector<RowRecord> records_;
    std::vector<Part> parts_;
    Fd file_;
    std::uint64_t end_ = 0;
};

} // namespace ds
