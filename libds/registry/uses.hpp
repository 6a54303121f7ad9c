// Who used a version, as far as users were allowed to say so: small objects of the control bucket,
//
//   <ns>/<name>/uses/<digest in hex, or the draft's version>/<YYYYMMDD-HHMMSS>-<16 hex>.json      (model/use_record.hpp)
//
// each put once and never changed. Whoever may write there may write anything: what does not parse, or speaks of another
// version than its key, is counted and left out.
#pragma once

#include "model/use_record.hpp"
#include "registry/registry.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

/// Everything below which the uses of a version lie. @param digest nothing for a draft
[[nodiscard]] std::string uses_prefix(const DatasetName& dataset, const std::string& version,
                                      const std::optional<Sha256>& digest);
/// A key for a new record. @param random 64 random bits
[[nodiscard]] std::string use_key(const UseRecord& record, std::uint64_t random);

/// Puts a record; one request (but for what the bucket repeats). @throws Error
void put_use(ControlBucket& control, const UseRecord& record);

struct FoundUses {
    std::vector<UseRecord> records; ///< newest first
    std::uint64_t seen = 0;         ///< how many there are, those that were not read included
    std::uint64_t damaged = 0;      ///< of those that were read
    bool more = false;              ///< there are more than were counted
};
/// The newest `most` records of a version: one listing (of at most 100,000 keys), and a request for each.
/// @throws Error when the bucket cannot be read
[[nodiscard]] FoundUses find_uses(Registry& registry, const DatasetName& dataset, const std::string& version,
                                  const std::optional<Sha256>& digest, std::size_t most);

} // namespace ds
