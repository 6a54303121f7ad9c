// Pack lists: text and bytes.
#include "model/pack_list.hpp"

#include "base/error.hpp"
#include "model/binary_fields.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::uint8_t list_magic = 0xDC;
constexpr std::uint8_t list_version = 1;
} // namespace

std::vector<ByteString> pack_lists(const PackSet& packs) {
    std::vector<ByteString> lists;
    auto left = packs.size();
    for (auto at = packs.begin(); at != packs.end();) {
        auto count = std::min(left, max_listed_packs);
        left -= count;
        ByteWriter out(lists.emplace_back());
        out.u8(list_magic);
        out.u8(list_version);
        out.varint(count);
        for (; count > 0; --count, ++at) {
            out.bytes(at->name.view());
            out.string(at->version_id);
        }
    }
    return lists;
}

void read_pack_list(ByteView bytes, std::string_view what, PackSet& out) {
    ByteReader in(bytes, what);
    if (in.u8() != list_magic || in.u8() != list_version) {
        in.fail("no pack list of a known version");
    }
    const auto count = read_count(in, 33, "number of packs");
    if (count > max_listed_packs) {
        in.fail(fmt::format("it lists {} packs, more than {}", count, max_listed_packs));
    }
    PackRef last;
    for (std::size_t i = 0; i < count; ++i) {
        PackRef pack{read_sha256(in), read_version_id(in)};
        if (i > 0 && !(last < pack)) {
            in.fail("packs out of order");
        }
        last = pack;
        out.insert(std::move(pack));
    }
    in.expect_end();
}

} // namespace ds
