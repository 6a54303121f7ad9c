#include "base/relative_path.hpp"

#include "base/path.hpp"

namespace ds {

std::string relative_to(std::string_view path, std::string_view from) {
    std::string up;
    while (!is_within(path, from)) {
        from = parent_path(from);
        up += "../";
    }
    if (path.size() == from.size()) {
        return up.empty() ? "." : up.substr(0, up.size() - 1);
    }
    return up + std::string(path.substr(from.empty() ? 0 : from.size() + 1));
}

} // namespace ds
