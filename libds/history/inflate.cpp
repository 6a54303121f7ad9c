// zlib, with the output bounded before it is allocated.
#include "history/inflate.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#define ZLIB_CONST // input that is only read
#include <zlib.h>

namespace ds::git {

namespace {

constexpr std::size_t first_room = 4096; // most objects of a history are smaller

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "dsctl fsck --repair");
}

/// Ends the stream whatever happens.
class InflateStream {
  public:
    explicit InflateStream(ByteView in) {
        z_.next_in = reinterpret_cast<const Bytef*>(in.data());
        z_.avail_in = static_cast<uInt>(in.size());
        if (inflateInit(&z_) != Z_OK) {
            throw Error(ErrorKind::failure, "zlib does not start");
        }
    }
    ~InflateStream() { inflateEnd(&z_); }
    InflateStream(const InflateStream&) = delete;
    InflateStream& operator=(const InflateStream&) = delete;

    /// Fills [at, size) of `out` as far as there is input.
    int run(ByteString& out) {
        z_.next_out = reinterpret_cast<Bytef*>(out.data() + z_.total_out);
        z_.avail_out = static_cast<uInt>(out.size() - z_.total_out);
        return inflate(&z_, Z_SYNC_FLUSH);
    }
    [[nodiscard]] std::size_t written() const { return z_.total_out; }
    [[nodiscard]] bool has_input() const { return z_.avail_in != 0; }

  private:
    z_stream z_{};
};

} // namespace

ByteString inflate_zlib(ByteView stream, std::size_t max, std::string_view what) {
    if (stream.size() > UINT32_MAX || max >= UINT32_MAX) {
        refuse(what, "it is too large");
    }
    InflateStream z(stream);
    ByteString out(std::min(first_room, max + 1), '\0'); // one byte more than allowed tells "too large"
    for (;;) {
        const int code = z.run(out);
        if (code == Z_STREAM_END) {
            break;
        }
        if (z.written() > max) {
            break;
        }
        if (code == Z_MEM_ERROR) {
            throw std::bad_alloc();
        }
        if (code != Z_OK && !(code == Z_BUF_ERROR && z.written() == out.size())) {
            refuse(what, code == Z_BUF_ERROR ? "it is cut off" : "it is no zlib stream");
        }
        if (z.written() < out.size()) {
            refuse(what, "it is cut off");
        }
        out.resize(std::min(out.size() * 4, max + 1));
    }
    if (z.written() > max) {
        refuse(what, fmt::format("it has more than {} bytes", max));
    }
    if (z.has_input()) {
        refuse(what, "something follows it");
    }
    out.resize(z.written());
    return out;
}

ByteString store_zlib(ByteView data) {
    auto size = compressBound(static_cast<uLong>(data.size()));
    ByteString out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
                  static_cast<uLong>(data.size()), Z_NO_COMPRESSION) != Z_OK) {
        throw std::bad_alloc();
    }
    out.resize(size);
    return out;
}

} // namespace ds::git
