// HMAC by OpenSSL's one-call form: a signature needs five of short texts, so contexts are not worth keeping.
#include "codec/hmac.hpp"

#include <cstdlib>
#include <limits>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace ds {

Sha256 hmac_sha256(ByteView key, ByteView data) noexcept {
    Sha256 out;
    unsigned size = 0;
    const unsigned char* done = nullptr;
    if (key.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        done =
            HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(data.data()), data.size(), out.bytes.data(), &size);
    }
    if (done == nullptr || size != out.bytes.size()) {
        std::abort(); // as for SHA-256 itself: there is no way on
    }
    return out;
}

} // namespace ds
