// One-shot zstd. Each thread keeps a context of either kind and frees it when it ends.
//
// Frames written here: one frame, content size declared, no dictionary, no checksum (chunks are
// named by their SHA-256). Nothing else is accepted.
#include "codec/zstd.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <memory>
#include <new>
#include <zstd.h>

namespace ds {

namespace {

struct FreeContext {
    void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
    void operator()(ZSTD_DCtx* c) const noexcept { ZSTD_freeDCtx(c); }
};

ZSTD_CCtx* compressor() {
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    if (!context) {
        throw std::bad_alloc();
    }
    return context.get();
}

ZSTD_DCtx* decompressor() {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    if (!context) {
        throw std::bad_alloc();
    }
    return context.get();
}

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why));
}

/// The window a frame header asks for (RFC 8878, 3.1.1.1): one segment needs its content's size.
std::uint64_t window_size(ByteView frame, std::uint64_t content_size) {
    const auto descriptor = static_cast<unsigned char>(frame[4]);
    if ((descriptor & 0x20) != 0) {
        return content_size;
    }
    const auto window = static_cast<unsigned char>(frame[5]);
    const std::uint64_t base = std::uint64_t{1} << (10 + (window >> 3));
    return base + base / 8 * (window & 7);
}

} // namespace

std::size_t zstd_compress(ByteView data, int level, ByteString& out) {
    ZSTD_CCtx* const context = compressor();
    std::size_t result = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    if (!ZSTD_isError(result)) {
        const std::size_t start = out.size();
        out.resize(start + ZSTD_compressBound(data.size()));
        result = ZSTD_compress2(context, out.data() + start, out.size() - start, data.data(), data.size());
        out.resize(ZSTD_isError(result) ? start : start + result);
    }
    if (ZSTD_isError(result)) {
        throw Error(ErrorKind::failure, fmt::format("cannot compress: {}", ZSTD_getErrorName(result)));
    }
    return result;
}

void zstd_decompress(ByteView data, std::size_t expected_size, ByteString& out, std::string_view what) {
    constexpr std::string_view magic = "\x28\xb5\x2f\xfd"; // not a skippable frame
    constexpr std::uint64_t max_window = std::uint64_t{1} << 27;
    // A block of 128 KiB takes at least 4 bytes: a claimed size beyond that is not worth allocating.
    constexpr std::size_t max_ratio = 128 * 1024 / 4;
    if (data.size() < 6 || !data.starts_with(magic)) {
        refuse(what, "it is no zstd frame");
    }
    const std::uint64_t declared = ZSTD_getFrameContentSize(data.data(), data.size());
    if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR) {
        refuse(what, "its frame does not declare a size");
    }
    if (declared != expected_size) {
        refuse(what, fmt::format("its frame declares {} bytes, expected {}", declared, expected_size));
    }
    if (expected_size / max_ratio > data.size()) {
        refuse(what, "its frame declares more than it can hold");
    }
    if (window_size(data, declared) > std::max<std::uint64_t>(max_window, expected_size)) {
        refuse(what, "its frame asks for too large a window");
    }
    if (ZSTD_getDictID_fromFrame(data.data(), data.size()) != 0) {
        refuse(what, "its frame asks for a dictionary");
    }
    const std::size_t frame = ZSTD_findFrameCompressedSize(data.data(), data.size());
    if (ZSTD_isError(frame)) {
        refuse(what, ZSTD_getErrorName(frame));
    }
    if (frame != data.size()) {
        refuse(what, "there are bytes behind its frame");
    }
    const std::size_t start = out.size();
    out.resize(start + expected_size);
    const std::size_t got =
        ZSTD_decompressDCtx(decompressor(), out.data() + start, expected_size, data.data(), data.size());
    if (ZSTD_isError(got) || got != expected_size) {
        out.resize(start);
        refuse(what, ZSTD_isError(got) ? ZSTD_getErrorName(got) : "its frame is shorter than it declares");
    }
}

} // namespace ds
