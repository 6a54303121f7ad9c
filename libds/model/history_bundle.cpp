// History bundles: the git objects of one push, linked to the bundle before.
#include "base/error.hpp"
#include "model/binary_fields.hpp"
#include "model/documents.hpp"

#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::uint8_t bundle_magic = 0xDB;
constexpr std::uint8_t bundle_version = 1;
constexpr std::uint8_t max_object_type = 5;
} // namespace

ByteString HistoryBundle::serialise() const {
    ByteString bytes;
    ByteWriter out(bytes);
    out.u8(bundle_magic);
    out.u8(bundle_version);
    out.u8(previous ? 1 : 0);
    if (previous) {
        out.bytes(previous->pack.view());
        out.string(previous->version_id);
        out.varint(previous->frame_offset);
        out.varint(previous->frame_length);
        out.varint(previous->inner_offset);
        out.varint(previous->length);
        out.bytes(previous->hash.view());
    }
    out.varint(objects.size());
    for (const Object& object : objects) {
        out.u8(object.type);
        out.string(object.bytes);
    }
    return bytes;
}

HistoryBundle HistoryBundle::parse(ByteView bytes, std::string_view what) {
    ByteReader in(bytes, what);
    if (in.u8() != bundle_magic) {
        in.fail("it does not begin with 0xdb");
    }
    if (const std::uint8_t version = in.u8(); version != bundle_version) {
        in.fail(fmt::format("unknown version {}", version));
    }
    HistoryBundle out;
    const std::uint8_t has_previous = in.u8();
    if (has_previous > 1) {
        in.fail(fmt::format("unknown flag {}", has_previous));
    }
    if (has_previous == 1) {
        Place place;
        place.pack = read_sha256(in);
        place.version_id = read_version_id(in);
        place.frame_offset = read_u32_varint(in, "frame offset");
        place.frame_length = read_u32_varint(in, "frame length");
        place.inner_offset = read_u32_varint(in, "inner offset");
        place.length = read_u32_varint(in, "length");
        if (!ranges_fit(place.frame_offset, place.frame_length, place.inner_offset, place.length)) {
            in.fail("a range ends beyond 4 GiB");
        }
        place.hash = read_sha256(in);
        out.previous = std::move(place);
    }
    const std::size_t count = read_count(in, 2, "number of objects");
    for (std::size_t i = 0; i < count; ++i) {
        Object object;
        object.type = in.u8();
        if (object.type == 0 || object.type > max_object_type) {
            in.fail(fmt::format("unknown type {}", object.type));
        }
        object.bytes = in.string(in.remaining(), "an object");
        out.objects.push_back(std::move(object));
    }
    in.expect_end();
    return out;
}

} // namespace ds
