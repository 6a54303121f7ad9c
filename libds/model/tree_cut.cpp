// The cut rule: where nodes end. Persistent: changing anything here changes every root.
#include "model/tree.hpp"

namespace ds {

namespace {

constexpr std::size_t min_node_items = 16;
constexpr std::size_t cut_key_bytes = 128 * 1024;

/// FNV-1a-64 over level and key, finished by murmur3's fmix64: FNV alone leaves its low bits weak.
std::uint64_t cut_hash(std::uint8_t level, std::string_view key) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3;
    std::uint64_t h = (0xcbf29ce484222325 ^ level) * prime;
    for (const char c : key) {
        h = (h ^ static_cast<unsigned char>(c)) * prime;
    }
    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
    return h ^ h >> 33;
}

} // namespace

bool tree_cut(std::uint8_t level, std::string_view key, std::size_t items, std::size_t key_bytes) noexcept {
    if (items >= max_node_items || key_bytes >= cut_key_bytes) {
        return true;
    }
    return items >= min_node_items && cut_hash(level, key) % 256 == 0;
}

} // namespace ds
