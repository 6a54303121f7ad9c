// Content that goes from one namespace of a registry into another inside of the storage: whole packs are copied
// there, places are rewritten, and nothing but metadata passes the client.
//
// A pack is copied only if the source version reaches every object in it, so that nothing that was amended away
// or belongs to another dataset crosses over. That is told by arithmetic: the frames that the layout
// names and one footer entry for each of their objects make up the pack to the byte. What lies in other packs is
// sent as usual.
#pragma once

#include "base/context.hpp"
#include "model/sample.hpp"
#include "transfer/version_source.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// One thread at a time.
class PackCopies {
  public:
    /// Walks the layout of `source`, which must outlive this, to find the packs that may be copied; nothing is
    /// copied yet. @param ns another namespace of the same registry
    /// @param acknowledged told of every copy; may be empty
    PackCopies(RegistryVersion& source, std::string ns, Context& context,
               std::function<void(const PackRef&)> acknowledged);

    [[nodiscard]] RegistryVersion& source() noexcept { return source_; }
    /// The copy of a pack, made now unless it was before; nothing if it is not to be copied.
    [[nodiscard]] std::optional<PackRef> find(const PackRef& pack);
    /// Copies all that may be, several at a time.
    void copy_all();
    /// The copies made so far, with those of their chunks' hashes that a sample lists: nobody else has listed them.
    void each_copy(const std::function<void(const SampledPack&, const std::vector<Sha256>&)>& visit) const;
    /// Bytes copied inside of the storage so far.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    struct Object {
        std::uint32_t frame_offset = 0;
        std::uint32_t frame_length = 0;
        std::uint32_t inner_offset = 0;
        friend auto operator<=>(const Object&, const Object&) = default;
    };
    /// What the version reaches of a pack.
    struct Reached {
        std::vector<Object> objects;
        std::vector<Sha256> sampled; ///< of their hashes those that samples list, perhaps more than once
        std::optional<Sha256> least; ///< the one with the smallest prefix, which they list, too
    };
    struct Whole {
        std::uint64_t size = 0;
        std::uint32_t objects = 0;
        std::vector<Sha256> sampled;
        std::optional<PackRef> copy;
    };
    void note(const PackRef& pack, const ChunkPlace& chunk);
    void settle(bool at_end);
    [[nodiscard]] PackRef copy(const PackRef& pack, std::uint64_t size);

    RegistryVersion& source_;
    std::string ns_;
    Context& context_;
    std::function<void(const PackRef&)> acknowledged_;
    std::map<PackRef, Reached> reached_;
    std::size_t held_ = 0; ///< objects in reached_
    std::map<PackRef, Whole> whole_;
    std::uint64_t bytes_ = 0;
};

} // namespace ds
