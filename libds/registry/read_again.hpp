// Small objects whose check fails are read again before they are called damaged: bytes may be spoiled on the way, where
// TLS ends before the server or a cache stands between.
#pragma once

#include "base/error.hpp"

namespace ds {

/// Runs `read`, up to three times while it throws CorruptObject; the last one is thrown on.
template <class Read>
auto read_again(const Read& read) {
    for (int more = 2; more > 0; --more) {
        try {
            return read();
        } catch (const CorruptObject&) {
            continue;
        }
    }
    return read();
}

} // namespace ds
