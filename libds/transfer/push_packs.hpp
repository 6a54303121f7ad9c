// Packs on their way to a registry: assembled in memory, named by their footer, uploaded a few at a time, and
// acknowledged in the order they were closed. Internal to this module.
//
// Everything that refers to a pack before its version id is known does so by a number in the PackBook.
#pragma once

#include "base/context.hpp"
#include "registry/registry.hpp"
#include "store/frame.hpp"
#include "task/ordered.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ds {

/// A pack is closed once it holds this many objects, however small.
inline constexpr std::size_t upload_pack_objects = 1u << 16;

using PackNumber = std::uint32_t;

/// All packs a push refers to: those the registry has already and those it is sending.
class PackBook {
  public:
    PackNumber intern(const PackRef& pack);
    /// A pack that is not there yet.
    PackNumber open();
    void acknowledge(PackNumber number, const PackRef& pack);
    [[nodiscard]] bool known(PackNumber number) const { return packs_[number].known; }
    [[nodiscard]] const PackRef& ref(PackNumber number) const { return packs_[number].ref; }

  private:
    struct Pack {
        PackRef ref;
        bool known = false;
    };
    std::vector<Pack> packs_;
    std::map<PackRef, PackNumber> numbers_;
};

/// Where an object lies.
struct PackedAt {
    PackNumber pack = 0;
    std::uint32_t frame_offset = 0;
    std::uint32_t frame_length = 0;
    std::uint32_t inner_offset = 0;
};

/// One pack being filled.
class PackAssembly {
  public:
    PackAssembly(PackNumber number, ByteString buffer);
    /// Appends an encoded frame. @returns its offset
    std::uint32_t append(ByteView frame, std::vector<FooterEntry> entries);
    [[nodiscard]] PackNumber number() const noexcept { return number_; }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::vector<FooterEntry>& entries() noexcept { return entries_; }
    [[nodiscard]] ByteString& bytes() noexcept { return bytes_; }

  private:
    PackNumber number_;
    ByteString bytes_;
    std::vector<FooterEntry> entries_;
};

/// A pack that the registry has.
struct AckedPack {
    PackNumber number = 0;
    PackRef ref;
    std::uint64_t size = 0;
    std::vector<FooterEntry> entries;
};

/// Uploads closed packs. One thread owns it, and with one job it does everything itself.
class PackUploads {
  public:
    /// @param acknowledged runs on the owner's thread, in the order of closing
    PackUploads(Registry& target, std::string ns, std::size_t pack_bytes, PackBook& book, Context& context,
                std::function<void(const AckedPack&)> acknowledged);

    [[nodiscard]] std::unique_ptr<PackAssembly> begin();
    /// `open` if `bytes` more fit it, else a new pack, `open` being sent.
    PackAssembly& room(std::unique_ptr<PackAssembly>& open, std::size_t bytes);
    /// Closes and sends; waits for the oldest one if too many are under way.
    void send(std::unique_ptr<PackAssembly> pack);
    /// Waits until `number` is acknowledged. It must have been sent.
    void wait_for(PackNumber number);
    void drain();

  private:
    struct Sent {
        AckedPack pack;
        ByteString buffer;
    };
    using Workers = OrderedMap<std::unique_ptr<PackAssembly>, Sent>;
    Sent upload(std::unique_ptr<PackAssembly>& pack);
    void take();
    void acknowledge(Sent sent);

    Registry& target_;
    std::string ns_;
    std::size_t pack_bytes_;
    PackBook& book_;
    Context& context_;
    std::function<void(const AckedPack&)> acknowledged_;
    std::vector<ByteString> spare_;    ///< buffers whose pages are there already
    std::unique_ptr<Workers> workers_; ///< null with one job; last: joined before what it uses goes
};

} // namespace ds
