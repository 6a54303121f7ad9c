// The rules for paths, and how names are shown.
#include "base/path.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <vector>

namespace ds {

namespace {

/// Characters that HFS+, APFS or a terminal drop when they compare or show names.
bool is_invisible(char32_t c) noexcept {
    return c == 0x00ad || c == 0x034f || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) ||
           c == 0xfeff;
}

} // namespace

bool is_reserved_component(std::string_view component) noexcept {
    if (component.empty()) {
        return false;
    }
    // Nearly every name is out by its first byte: '.', the "GIT~1" short names, or invisible UTF-8.
    const auto first = static_cast<unsigned char>(component[0]);
    if (first != '.' && (first | 0x20) != 'g' && (first | 0x20) != 'd' && first < 0x80) {
        return false;
    }
    // Reduce to what such a file system compares: visible characters, lower case, no stream.
    char folded[16];
    std::size_t n = 0;
    while (!component.empty() && component[0] != ':') {
        const Utf8Char c = decode_utf8(component);
        component.remove_prefix(c.length == 0 ? 1 : c.length);
        if (c.length != 0 && is_invisible(c.code)) {
            continue;
        }
        char byte = '?';
        if (c.code == 0x017f) { // the long s folds to "s" in Unicode
            byte = 's';
        } else if (c.length == 1) {
            byte = static_cast<char>(c.code >= 'A' && c.code <= 'Z' ? c.code + ('a' - 'A') : c.code);
        }
        // Trailing dots and spaces may be many; anything else beyond the buffer is a longer name.
        if (n == sizeof folded) {
            if (byte != '.' && byte != ' ') {
                return false;
            }
            continue;
        }
        folded[n++] = byte;
    }
    while (n > 0 && (folded[n - 1] == '.' || folded[n - 1] == ' ')) {
        --n;
    }
    const std::string_view name(folded, n);
    return name == ".git" || name == ".dsctl" || name == "git~1" || name == "dsctl~1";
}

std::string_view path_problem(std::string_view path) noexcept {
    if (path.empty()) {
        return "is empty";
    }
    if (path.size() > max_path_bytes) {
        return "is longer than 4096 bytes";
    }
    if (path.find('\0') != std::string_view::npos) {
        return "contains a NUL byte";
    }
    if (path.front() == '/') {
        return "is absolute";
    }
    for (std::size_t begin = 0;;) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view component = path.substr(begin, end - begin);
        if (component.empty()) {
            return "has an empty component";
        }
        if (component.size() > max_component_bytes) {
            return "has a component longer than 255 bytes";
        }
        if (component == "." || component == "..") {
            return "has a component '.' or '..'";
        }
        if (is_reserved_component(component)) {
            return "has a component that some file system takes for .git or .dsctl";
        }
        if (end == path.size()) {
            return {};
        }
        begin = end + 1;
    }
}

void check_stored_path(std::string_view path, std::string_view what) {
    if (const std::string_view problem = path_problem(path); !problem.empty()) {
        throw CorruptObject(fmt::format("{}: path '{}' {}", what, printable(path), problem));
    }
}

std::string join_below_root(std::string_view base, std::string_view path) {
    if (!path.empty() && path.front() == '/') {
        throw Error(ErrorKind::usage,
                    fmt::format("path '{}' is absolute; paths are relative to the dataset", printable(path)));
    }
    std::vector<std::string_view> parts;
    for (std::string_view rest : {base, path}) {
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('/'), rest.size());
            const std::string_view part = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (part.empty() || part == ".") {
                continue;
            }
            if (part != "..") {
                parts.push_back(part);
            } else if (!parts.empty()) {
                parts.pop_back();
            } else {
                throw Error(ErrorKind::usage,
                            fmt::format("path '{}' is outside of the dataset", printable(path)),
                            "name something below the folder that holds .dsctl");
            }
        }
    }
    std::string out;
    for (const std::string_view part : parts) {
        if (!out.empty()) {
            out += '/';
        }
        out += part;
    }
    return out;
}

std::string normalise_path(std::string_view base, std::string_view path) {
    auto out = join_below_root(base, path);
    if (!out.empty()) {
        if (const std::string_view problem = path_problem(out); !problem.empty()) {
            throw Error(ErrorKind::usage, fmt::format("path '{}' {}", printable(path), problem),
                        "dsctl help refs, about paths");
        }
    }
    return out;
}

bool is_within(std::string_view path, std::string_view folder) noexcept {
    return folder.empty() ||
           (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

std::string_view parent_path(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string printable(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const Utf8Char c = decode_utf8(bytes);
        const std::size_t n = c.length == 0 ? 1 : c.length;
        if (c.length != 0 && !is_terminal_hazard(c.code)) {
            out += bytes.substr(0, n);
        } else if (bytes[0] == '\n') {
            out += "\\n";
        } else if (bytes[0] == '\t') {
            out += "\\t";
        } else {
            for (const char byte : bytes.substr(0, n)) {
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
            }
        }
        bytes.remove_prefix(n);
    }
    return out;
}

} // namespace ds
