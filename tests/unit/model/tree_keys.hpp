// Sets of paths that push the cut rule to its ends.
#pragma once

#include "tree_reference.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <functional>

namespace ds_test {

/// `n` different paths that `make` gives, sorted.
inline std::vector<std::string> distinct_keys(std::size_t n, const std::function<std::string()>& make) {
    std::vector<std::string> keys;
    while (keys.size() < n) {
        for (std::size_t missing = n - keys.size(); missing > 0; --missing) {
            keys.push_back(make());
        }
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    return keys;
}

inline bool wants_cut(std::uint8_t level, const std::string& key) {
    return ds::tree_cut(level, key, 16, 0);
}

inline std::string short_key(Random& random) {
    return fmt::format("{:x}", random() >> (20 + below(random, 8)));
}

/// Every key ends a node on the two lowest levels as soon as there are 16 items. One in 65,536 names
/// does, so they are searched for once.
inline const std::vector<std::string>& keys_that_cut() {
    static const std::vector<std::string> keys = [] {
        std::string name = "aaaaaa";
        return distinct_keys(400, [&] {
            for (;;) {
                for (char& c : name) { // counts up, lowest digit first
                    c = c == 'z' ? 'a' : static_cast<char>(c + 1);
                    if (c != 'a') {
                        break;
                    }
                }
                if (wants_cut(0, name) && wants_cut(1, name)) {
                    return name;
                }
            }
        });
    }();
    return keys;
}

/// Only the bounds of a node end it.
inline std::vector<std::string> keys_that_never_cut(Random& random, std::size_t n) {
    return distinct_keys(n, [&] {
        for (;;) {
            std::string key = short_key(random);
            if (!wants_cut(0, key) && !wants_cut(1, key)) {
                return key;
            }
        }
    });
}

/// A mix in which about one key of `period` ends a leaf.
inline std::vector<std::string> keys_that_sometimes_cut(Random& random, std::size_t n, std::size_t period) {
    return distinct_keys(n, [&] {
        const bool wanted = below(random, period) == 0;
        for (;;) {
            std::string key = short_key(random);
            if (wants_cut(0, key) == wanted) {
                return key;
            }
        }
    });
}

/// Paths of up to `length` bytes that differ late, in folders that nest deeply.
inline std::vector<std::string> deep_keys(Random& random, std::size_t n, std::size_t length) {
    return distinct_keys(n, [&] {
        std::string key;
        while (key.size() + 210 < length) {
            key += std::string(200, 'p') + (below(random, 60) == 0 ? "q/" : "/");
        }
        key += short_key(random);
        key.resize(std::min(length, key.size() + below(random, 100)), 'z');
        return key;
    });
}

/// Names in which one is often the beginning of another.
inline std::vector<std::string> nested_prefix_keys(Random& random, std::size_t n) {
    return distinct_keys(n, [&] {
        std::string key;
        for (std::size_t i = 1 + below(random, 14); i > 0; --i) {
            key += "ab-"[below(random, 3)];
        }
        return key;
    });
}

} // namespace ds_test
