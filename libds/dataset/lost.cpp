#include "dataset/lost.hpp"

#include "os/file.hpp"

#include <string_view>

namespace ds {

namespace {
constexpr std::string_view first_line = "dsctl-lost 1\n";
constexpr std::uint64_t max_bytes = 1u << 30;
constexpr std::size_t line_bytes = 65;

std::string path_of(const std::string& dir) {
    return dir + "/lost";
}
} // namespace

std::set<Sha256> read_lost(const std::string& dir) {
    std::set<Sha256> lost;
    const auto text = try_read_file(path_of(dir), max_bytes);
    if (!text || !text->starts_with(first_line)) {
        return lost;
    }
    for (auto rest = std::string_view(*text).substr(first_line.size()); rest.size() >= line_bytes;
         rest.remove_prefix(line_bytes)) {
        if (const auto hash = Sha256::from_hex(rest.substr(0, line_bytes - 1))) {
            lost.insert(*hash);
        }
    }
    return lost;
}

void save_lost(const std::string& dir, const std::set<Sha256>& lost) {
    if (lost.empty()) {
        remove_file(path_of(dir));
        return;
    }
    std::string text(first_line);
    for (const auto& hash : lost) {
        text += hash.hex() + "\n";
    }
    write_file_atomic(path_of(dir), text);
}

} // namespace ds
