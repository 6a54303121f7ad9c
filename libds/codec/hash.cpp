// SHA-256 by OpenSSL, CRC-32C by the CPU or a table.
//
// Fetching the algorithm and making a context cost more than hashing a small file, so the first is
// done once and the second once per thread. Measured with 200 bytes: 4.5 million hashes a second and
// core this way, 6.0 by OpenSSL's deprecated SHA256_Update; not enough to depend on the latter.
#include "codec/hash.hpp"

#include <array>
#include <cstdlib>
#include <openssl/evp.h>
#include <utility>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ds {

namespace {

struct FreeDigest {
    void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

/// Without SHA-256 nothing can be named and nothing can be checked: there is no way on.
void require(bool ok) noexcept {
    if (!ok) {
        std::abort();
    }
}

const EVP_MD* algorithm() noexcept {
    // Immutable once made, and safe to share between threads.
    static const std::unique_ptr<EVP_MD, FreeDigest> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    require(md != nullptr);
    return md.get();
}

MdContext new_context() noexcept {
    MdContext context(EVP_MD_CTX_new());
    require(context && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
    return context;
}

Sha256 finish_context(EVP_MD_CTX* context) noexcept {
    Sha256 out;
    require(EVP_DigestFinal_ex(context, out.bytes.data(), nullptr) == 1);
    return out;
}

constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc_tables() {
    constexpr std::uint32_t polynomial = 0x82f63b78; // Castagnoli, reflected
    std::array<std::array<std::uint32_t, 256>, 8> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t v = i;
        for (int bit = 0; bit < 8; ++bit) {
            v = (v & 1) != 0 ? v >> 1 ^ polynomial : v >> 1;
        }
        t[0][i] = v;
    }
    for (std::size_t k = 1; k < t.size(); ++k) {
        for (std::size_t i = 0; i < 256; ++i) {
            t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 0xff];
        }
    }
    return t;
}
constexpr auto crc_tables = make_crc_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_by_cpu(const char* p, std::size_t n,
                                                           std::uint32_t crc) noexcept {
    std::uint64_t wide = crc;
    for (; n >= 8; n -= 8, p += 8) {
        wide = _mm_crc32_u64(wide, load_u64(p));
    }
    crc = static_cast<std::uint32_t>(wide);
    for (; n > 0; --n, ++p) {
        crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*p));
    }
    return crc;
}
#endif

} // namespace

namespace detail {

std::uint32_t crc32c_by_table(ByteView data, std::uint32_t seed) noexcept {
    const auto& t = crc_tables;
    const char* p = data.data();
    std::size_t n = data.size();
    std::uint32_t crc = ~seed;
    for (; n >= 8; n -= 8, p += 8) { // slicing by eight
        const std::uint32_t a = load_u32(p) ^ crc;
        const std::uint32_t b = load_u32(p + 4);
        crc = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^ t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^ t[3][b & 0xff] ^
              t[2][b >> 8 & 0xff] ^ t[1][b >> 16 & 0xff] ^ t[0][b >> 24];
    }
    for (; n > 0; --n, ++p) {
        crc = crc >> 8 ^ t[0][(crc ^ static_cast<unsigned char>(*p)) & 0xff];
    }
    return ~crc;
}

} // namespace detail

Sha256 sha256(ByteView data) noexcept {
    thread_local const MdContext context = new_context();
    require(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1);
    return finish_context(context.get());
}

struct Sha256Stream::Impl {
    MdContext context = new_context();
};

Sha256Stream::Sha256Stream() : impl_(std::make_unique<Impl>()) {}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::update(ByteView data) noexcept {
    require(EVP_DigestUpdate(impl_->context.get(), data.data(), data.size()) == 1);
}

Sha256 Sha256Stream::finish() noexcept {
    const Sha256 out = finish_context(impl_->context.get());
    require(EVP_DigestInit_ex2(impl_->context.get(), algorithm(), nullptr) == 1);
    return out;
}

std::uint32_t crc32c(ByteView data, std::uint32_t seed) noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc_by_cpu(data.data(), data.size(), ~seed);
    }
#endif
    return detail::crc32c_by_table(data, seed);
}

} // namespace ds
