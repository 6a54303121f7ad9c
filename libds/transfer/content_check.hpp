// How content is held against its record: one wording for all who read it. Internal to this module.
#pragma once

#include "model/entry.hpp"
#include "transfer/pack_reader.hpp"

#include <string_view>

namespace ds {

/// "'train/007.parquet' does not match its record (expected sha256 9f3c…, got 11ab…)".
[[noreturn]] void throw_mismatch(std::string_view path, const Sha256& expected, const Sha256& found);

/// A chunk of the file at `path`, of which only its frame was proven. @throws CorruptObject naming the path
[[nodiscard]] ByteView unproven_chunk(const DecodedFrame& frame, std::uint32_t inner_offset,
                                      std::uint32_t length, std::string_view path);

/// A chunk of the file at `path`, checked. @throws CorruptObject naming the path
[[nodiscard]] ByteView checked_chunk(const DecodedFrame& frame, std::uint32_t inner_offset,
                                     std::uint32_t length, const Sha256& hash, std::string_view path);

/// "'train/007.parquet' cannot be read: …".
[[noreturn]] void throw_damaged(std::string_view path, const CorruptObject& error);

/// Runs `read`; what it says about damage is prefixed with the path. Others' errors pass.
template <class Read>
auto naming(std::string_view path, const Read& read) {
    try {
        return read();
    } catch (const CorruptObject& error) {
        throw_damaged(path, error);
    }
}

} // namespace ds
