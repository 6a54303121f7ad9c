// Width and height out of the headers of images.
//
//   PNG    signature:8 length:u32be(13) "IHDR" width:u32be height:u32be
//   GIF    "GIF87a"|"GIF89a" width:u16le height:u16le
//   BMP    "BM" size:u32 0:u32 offset:u32 header:u32 (>= 40: width:i32 height:i32; 12: width:u16 height:u16)
//   WebP   "RIFF" size:u32 "WEBP" ("VP8 " | "VP8L" | "VP8X") length:u32 …
//   JPEG   FF D8, then segments FF code length:u16be; one of the codes C0–CF (but C4, C8, CC) has
//          precision:u8 height:u16be width:u16be
#include "preview/formats.hpp"

#include <algorithm>

namespace ds {

namespace {

std::uint32_t byte(ByteView bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}
std::uint32_t big16(ByteView bytes, std::size_t at) {
    return byte(bytes, at) << 8 | byte(bytes, at + 1);
}
std::uint32_t big32(ByteView bytes, std::size_t at) {
    return big16(bytes, at) << 16 | big16(bytes, at + 2);
}
std::uint32_t little16(ByteView bytes, std::size_t at) {
    return byte(bytes, at) | byte(bytes, at + 1) << 8;
}
std::uint32_t little24(ByteView bytes, std::size_t at) {
    return little16(bytes, at) | byte(bytes, at + 2) << 16;
}

using Size = std::optional<ImagePreview>;

Size png(ByteView head) {
    return head.size() >= 24 && head.substr(8, 8) == ByteView("\0\0\0\x0dIHDR", 8)
               ? Size(ImagePreview{big32(head, 16), big32(head, 20)})
               : Size();
}

Size gif(ByteView head) {
    return head.size() >= 10 ? Size(ImagePreview{little16(head, 6), little16(head, 8)}) : Size();
}

Size bmp(ByteView head) {
    if (head.size() < 26) {
        return {};
    }
    const auto header = load_u32(head.data() + 14);
    if (header == 12) {
        return ImagePreview{little16(head, 18), little16(head, 20)};
    }
    if (header < 40 || header > 1024) {
        return {};
    }
    const auto height = static_cast<std::int32_t>(load_u32(head.data() + 22)); // below 0: from top to bottom
    const auto tall = static_cast<std::uint32_t>(height);
    return ImagePreview{load_u32(head.data() + 18), height < 0 ? 0u - tall : tall};
}

Size webp(ByteView head) {
    if (head.size() < 30) {
        return {};
    }
    const auto kind = head.substr(12, 4);
    if (kind == "VP8X") {
        return ImagePreview{little24(head, 24) + 1, little24(head, 27) + 1};
    }
    if (kind == "VP8L" && byte(head, 20) == 0x2f) {
        const auto bits = load_u32(head.data() + 21);
        return ImagePreview{(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }
    if (kind == "VP8 " && head.substr(23, 3) == "\x9d\x01\x2a") {
        return ImagePreview{little16(head, 26) & 0x3fff, little16(head, 28) & 0x3fff};
    }
    return {};
}

/// Segments may be long (a preview inside, a colour profile): of each only its head is read.
Size jpeg(const PreviewSource& source, ByteView head) {
    constexpr unsigned max_segments = 500;
    constexpr std::uint64_t most = 9; // marker, length, and what is wanted of a frame header
    std::uint64_t at = 2;
    for (unsigned i = 0; i < max_segments && at + most <= source.size; ++i) {
        ByteString there;
        ByteView segment;
        if (at + most <= head.size()) {
            segment = head.substr(at, most);
        } else {
            there = source.read(at, most);
            segment = there;
        }
        const auto code = byte(segment, 1);
        if (byte(segment, 0) != 0xff) {
            return {};
        }
        if (code == 0xff) { // a fill byte
            ++at;
            continue;
        }
        const bool frame = code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
        if (frame) {
            return ImagePreview{big16(segment, 7), big16(segment, 5)};
        }
        const bool alone = code == 0x01 || (code >= 0xd0 && code <= 0xd8);
        if (code == 0xd9 || code == 0xda || code == 0x00) {
            return {}; // the picture itself, without a frame before it
        }
        const auto length = alone ? 0 : big16(segment, 2);
        if (!alone && length < 2) {
            return {};
        }
        at += 2 + length;
    }
    return {};
}

} // namespace

std::optional<Preview> preview_image(const PreviewSource& source, Beginning& beginning) {
    const auto head = beginning.first(0);
    Preview result;
    if (head.starts_with("\x89PNG\r\n\x1a\n")) {
        result.kind = "png";
        result.image = png(head);
    } else if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) {
        result.kind = "gif";
        result.image = gif(head);
    } else if (head.starts_with("\xff\xd8\xff")) {
        result.kind = "jpeg";
        result.image = jpeg(source, head);
    } else if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") {
        result.kind = "webp";
        result.image = webp(head);
    } else if (head.starts_with("BM") && head.size() >= 10 && load_u32(head.data() + 6) == 0) {
        result.kind = "bmp";
        result.image = bmp(head);
        if (!result.image) {
            return std::nullopt; // two letters are not much of a signature
        }
    } else {
        return std::nullopt;
    }
    if (!result.image || result.image->width == 0 || result.image->height == 0) {
        result.image.reset();
        result.remark = "its header is damaged";
    }
    return result;
}

} // namespace ds
