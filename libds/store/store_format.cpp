// Writing and parsing a store's format file.
#include "store/store_format.hpp"

#include "base/error.hpp"

#include <array>
#include <charconv>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view first_line = "dsctl-store 1\n";

struct Field {
    std::string_view key;
    std::uint32_t* value;
};

} // namespace

void check_store_params(const StoreParams& params) {
    static_cast<void>(Chunker(params.chunks)); // checks the three chunk sizes
    if (params.pack_size < 4096 || params.pack_size > (1u << 30) || params.frame_size < 4096 ||
        params.frame_size > (4u << 20) || params.level < 0 || params.level > 19) {
        throw Error(ErrorKind::usage,
                    fmt::format("store parameters are out of range: pack size {}, frame size {}, level {}",
                                params.pack_size, params.frame_size, params.level));
    }
}

std::string store_format_text(const StoreParams& p) {
    return fmt::format("{}chunk-min {}\nchunk-avg {}\nchunk-max {}\npack-size {}\nframe-size {}\nlevel {}\n",
                       first_line, p.chunks.min_size, p.chunks.avg_size, p.chunks.max_size, p.pack_size,
                       p.frame_size, p.level);
}

StoreParams parse_store_format(ByteView text, std::string_view what) {
    const auto refuse = [&](std::string_view why) -> CorruptObject {
        return CorruptObject(fmt::format("{} is damaged: {}", what, why), "dsctl fsck --repair");
    };
    const auto newer = [&] {
        return Error(ErrorKind::failure, fmt::format("{} was made by a newer dsctl", what),
                     "install a newer dsctl");
    };
    if (!text.starts_with(first_line)) {
        if (text.starts_with("dsctl-store ") && text.size() > 12 && text[12] >= '1' && text[12] <= '9') {
            throw newer();
        }
        throw refuse("it is no store format");
    }
    text.remove_prefix(first_line.size());
    StoreParams p;
    std::uint32_t level = 0;
    std::array<Field, 6> fields{{{"chunk-min", &p.chunks.min_size},
                                 {"chunk-avg", &p.chunks.avg_size},
                                 {"chunk-max", &p.chunks.max_size},
                                 {"pack-size", &p.pack_size},
                                 {"frame-size", &p.frame_size},
                                 {"level", &level}}};
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t space = text.find(' ');
        if (end == ByteView::npos || space == ByteView::npos || space > end) {
            throw refuse("a line is cut off");
        }
        const ByteView key = text.substr(0, space);
        const ByteView number = text.substr(space + 1, end - space - 1);
        Field* field = nullptr;
        for (Field& f : fields) {
            if (f.key == key) {
                field = &f;
            }
        }
        if (field == nullptr || field->value == nullptr) {
            throw refuse(field == nullptr ? "unknown parameter" : "a parameter stands twice");
        }
        const auto [stop, error] =
            std::from_chars(number.data(), number.data() + number.size(), *field->value);
        if (error != std::errc() || stop != number.data() + number.size()) {
            throw refuse("a number is wrong");
        }
        field->value = nullptr;
        text.remove_prefix(end + 1);
    }
    for (const Field& f : fields) {
        if (f.value != nullptr) {
            throw refuse(fmt::format("'{}' is missing", f.key));
        }
    }
    p.level = level > 19 ? 20 : static_cast<int>(level);
    try {
        check_store_params(p);
    } catch (const Error& e) {
        throw refuse(e.message());
    }
    return p;
}

} // namespace ds
