// What this user has seen published, so that a registry that takes something back is noticed.
//
//   $XDG_DATA_HOME/dsctl/seen/<url>/<ns>/<name>      <url>: the first 16 hex digits of the SHA-256 of the registry's URL
//   file    := "dsctl-seen 1\n" "registry " id "\n" version{…}
//   version := sequence SP hash SP version "\n"       hash: SHA-256 of the record's text, in hex; by sequence
//
// A record that was seen once must be there, unchanged, whenever it is looked for again; the newest version must not be
// older than the newest one seen. So neither a swapped or dropped record nor an older state of the whole bucket goes
// through, though everything in it may be locked and signed. What was never seen cannot be missed: the first contact is
// trusted. Where the file cannot be read or written (no home folder), nothing is remembered.
#pragma once

#include "dataset/session.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ds {

/// One published version as seen.
struct SeenVersion {
    std::uint64_t sequence = 0;
    Sha256 record; ///< of its text
    std::string version;
};

/// What was seen of one dataset in one registry. Not thread-safe; processes may race.
class SeenVersions {
  public:
    /// @throws CorruptObject when the file is damaged, or the registry at this URL is another one than it was
    SeenVersions(Registry& registry, const DatasetName& dataset, Log& log);

    // What a registry shows now. Each remembers what is new.
    /// The record of a version asked for by name, or that there is none.
    /// @throws CorruptObject when it was swapped or dropped, or the newest one seen is gone
    void check_version(const std::string& version, const std::optional<StoredRecord>& found);
    /// The newest record, or that there is none. @throws CorruptObject when something newer was seen
    void check_newest(const std::optional<StoredRecord>& newest);
    /// All of them. @throws CorruptObject when one that was seen is not among them, or another one
    /// @param damaged versions whose records are there and cannot be read, of which somebody else has warned
    void check_all(const std::vector<StoredRecord>& records, const std::set<std::string>& damaged = {});

    [[nodiscard]] const std::vector<SeenVersion>& versions() const noexcept { return seen_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    void parse(ByteView text);
    [[nodiscard]] const SeenVersion* find(const std::string& version) const noexcept;
    void check_same(const StoredRecord& found) const;
    /// That the newest one seen is still what it was, when `found` claims to follow it. Where its record is damaged the
    /// one before counts.
    void check_followed(const StoredRecord& found);
    void remember(const std::vector<const StoredRecord*>& records);
    [[noreturn]] void fail(std::string message) const;

    Registry& registry_;
    DatasetName dataset_;
    Log& log_;
    std::string path_;
    std::vector<SeenVersion> seen_; ///< by sequence
};

/// More are not remembered; the ones with the lowest sequences are forgotten.
inline constexpr std::size_t max_seen_versions = 8192;

} // namespace ds
