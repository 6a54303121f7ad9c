// Byte views, and a strict bounded reader and writer for the binary formats.
//
// Integers are little-endian; varints are LEB128 in their shortest form (a longer form
// is refused, so that equal values have equal bytes).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

/// Bytes somebody else owns. (Text and bytes share one type on purpose: names are bytes.)
using ByteView = std::string_view;
/// Bytes owned.
using ByteString = std::string;
/// Bytes of an owner that others keep alive, too.
struct SharedBytes {
    std::shared_ptr<const void> keep;
    ByteView view;
    [[nodiscard]] static SharedBytes of(ByteString bytes) {
        auto owner = std::make_shared<const ByteString>(std::move(bytes));
        const ByteView view(*owner);
        return {std::move(owner), view};
    }
    /// A part of it, with the same owner.
    [[nodiscard]] SharedBytes part(std::size_t offset, std::size_t length = ByteView::npos) const {
        return {keep, view.substr(offset, length)};
    }
};

/// Appends to a ByteString. Not thread-safe.
class ByteWriter {
  public:
    explicit ByteWriter(ByteString& out) : out_(out) {}

    void u8(std::uint8_t v);
    void u16(std::uint16_t v);
    void u32(std::uint32_t v);
    void u64(std::uint64_t v);
    void varint(std::uint64_t v);
    void bytes(ByteView v) { out_.append(v); }
    /// A varint length, then the bytes.
    void string(ByteView v);
    [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }

  private:
    ByteString& out_;
};

/// Reads from a view; every overrun or malformed number throws CorruptObject naming `what`.
class ByteReader {
  public:
    /// @param what names the object in errors ("tree node 4c1d…"); must outlive the reader.
    ByteReader(ByteView data, std::string_view what) : data_(data), what_(what) {}

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    std::uint64_t u64();
    std::uint64_t varint() {
        // Nearly all numbers of the formats are below 128.
        if (pos_ < data_.size() && static_cast<unsigned char>(data_[pos_]) < 0x80) {
            return static_cast<unsigned char>(data_[pos_++]);
        }
        return varint_slow();
    }
    /// A varint that must be at most `max`.
    std::uint64_t varint_max(std::uint64_t max, std::string_view field);
    /// The next n bytes; the view lives as long as the data.
    ByteView bytes(std::size_t n);
    /// A varint length (at most `max`), then that many bytes.
    ByteView string(std::size_t max, std::string_view field);

    [[nodiscard]] std::size_t remaining() const noexcept { return data_.size() - pos_; }
    [[nodiscard]] std::size_t position() const noexcept { return pos_; }
    /// @throws CorruptObject when bytes are left.
    void expect_end() const;
    [[noreturn]] void fail(std::string_view why) const;

  private:
    std::uint64_t varint_slow();
    ByteView data_;
    std::size_t pos_ = 0;
    std::string_view what_;
};

// Unaligned little-endian access to mapped tables. Inline: binary searches live on it.
namespace detail {
template <class T>
[[nodiscard]] constexpr T little_endian(T v) noexcept {
    if constexpr (std::endian::native == std::endian::big) {
        return sizeof(T) == 4 ? static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(v)))
                              : static_cast<T>(__builtin_bswap64(v));
    }
    return v;
}
} // namespace detail

[[nodiscard]] inline std::uint32_t load_u32(const char* p) noexcept {
    std::uint32_t v;
    std::memcpy(&v, p, sizeof v);
    return detail::little_endian(v);
}
[[nodiscard]] inline std::uint64_t load_u64(const char* p) noexcept {
    std::uint64_t v;
    std::memcpy(&v, p, sizeof v);
    return detail::little_endian(v);
}
inline void store_u32(char* p, std::uint32_t v) noexcept {
    v = detail::little_endian(v);
    std::memcpy(p, &v, sizeof v);
}
inline void store_u64(char* p, std::uint64_t v) noexcept {
    v = detail::little_endian(v);
    std::memcpy(p, &v, sizeof v);
}

} // namespace ds
