// Parsing of names and references; every refusal says which rule was broken.
#include "base/names.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t max_component = 128;
constexpr std::size_t max_version = 63;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
char lower(char c) noexcept {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

/// The rule `text` breaks as a component, or an empty view.
std::string_view component_problem(std::string_view text) noexcept {
    if (text.empty()) {
        return "it is empty";
    }
    if (text.size() > max_component) {
        return "it is longer than 128 bytes";
    }
    const auto plain = [](char c) { return is_digit(c) || is_lower(c); };
    for (const char c : text) {
        if (is_upper(c)) {
            return "it has a capital letter";
        }
        if (!plain(c) && c != '.' && c != '_' && c != '-') {
            return "only a-z, 0-9, '.', '_' and '-' are allowed";
        }
    }
    if (!plain(text.front()) || !plain(text.back())) {
        return "it must begin and end with a letter or digit";
    }
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (!plain(text[end])) { // ends: the last character is plain
            ++end;
        }
        const std::string_view separator = text.substr(i, end - i);
        if (separator.size() > 1 && separator != "__" &&
            separator.find_first_not_of('-') != std::string_view::npos) {
            return "between letters and digits only '.', '_', '__' or dashes are allowed";
        }
        i = end + 1;
    }
    return {};
}

/// The rule `text` breaks as a version name, or an empty view.
std::string_view version_problem(std::string_view text) noexcept {
    if (text.empty()) {
        return "it is empty";
    }
    if (text.size() > max_version) {
        return "it is longer than 63 bytes";
    }
    const auto alnum = [](char c) { return is_digit(c) || is_lower(lower(c)); };
    for (const char c : text) {
        if (!alnum(c) && c != '.' && c != '_' && c != '-') {
            return "only A-Z, a-z, 0-9, '.', '_' and '-' are allowed";
        }
    }
    if (!alnum(text.front()) || !alnum(text.back())) {
        return "it must begin and end with a letter or digit";
    }
    if (text.find("..") != std::string_view::npos) {
        return "'..' is not allowed inside";
    }
    if (text.ends_with(".lock")) {
        return "'.lock' is not allowed at the end";
    }
    if (text == "HEAD") {
        return "HEAD has a meaning of its own";
    }
    // 64 digits cannot come here (63 bytes at most), but the rule shall not hang on that.
    if ((text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), [](char c) {
            return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
        })) {
        return "it reads as a hash";
    }
    return {};
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, std::string_view problem,
                         std::string hint) {
    throw Error(ErrorKind::usage, fmt::format("'{}' cannot be a {}: {}", printable(text), what, problem),
                std::move(hint));
}

} // namespace

bool is_component(std::string_view text) noexcept {
    return component_problem(text).empty();
}

void check_component(std::string_view text, std::string_view what) {
    const std::string_view problem = component_problem(text);
    if (problem.empty()) {
        return;
    }
    std::string low = lowered(text);
    refuse(what, text, problem,
           is_component(low) ? fmt::format("did you mean '{}'?", low)
                             : "names are lower-case letters and digits with '.', '_' or '-' between them");
}

DatasetName::DatasetName(std::string ns, std::string name) : ns_(std::move(ns)), name_(std::move(name)) {
    check_component(ns_, "namespace");
    check_component(name_, "dataset name");
}

DatasetName DatasetName::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
        throw Error(ErrorKind::usage, fmt::format("'{}' is not of the form namespace/name", printable(text)),
                    "dsctl help refs");
    }
    const std::string low = lowered(text);
    if (low != text && is_component(low.substr(0, slash)) && is_component(low.substr(slash + 1))) {
        refuse("dataset", text, "it has a capital letter", fmt::format("did you mean '{}'?", low));
    }
    return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

VersionName::VersionName(std::string text) : text_(std::move(text)) {
    if (const std::string_view problem = version_problem(text_); !problem.empty()) {
        refuse("version name", text_, problem, "version names look like v1, 2026-11 or 1.0.2-beta");
    }
}

bool VersionName::valid(std::string_view text) noexcept {
    return version_problem(text).empty();
}

std::string VersionName::folded() const {
    return lowered(text_);
}

DatasetRef DatasetRef::parse(std::string_view text) {
    DatasetRef ref;
    std::string_view rest = text;
    if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
        ref.digest = parse_digest(rest.substr(at + 1));
        if (!ref.digest) {
            refuse("digest", rest.substr(at + 1), "it must be 'sha256:' and 64 lower-case hex digits",
                   "dsctl help refs");
        }
        rest = rest.substr(0, at);
    }
    if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
        ref.version = VersionName(std::string(rest.substr(colon + 1)));
        rest = rest.substr(0, colon);
    }
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t slash = rest.find('/');
        parts.push_back(rest.substr(0, slash));
        if (slash == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(slash + 1);
        if (parts.size() == 3) {
            refuse("dataset reference", text, "it has more than three components",
                   "references look like [registry/][namespace/]name[:version][@sha256:digest]");
        }
    }
    check_component(parts.back(), "dataset name");
    ref.name = parts.back();
    if (parts.size() >= 2) {
        check_component(parts[parts.size() - 2], "namespace");
        ref.ns = parts[parts.size() - 2];
    }
    if (parts.size() == 3) {
        check_component(parts[0], "registry name");
        ref.registry = parts[0];
    }
    return ref;
}

std::optional<DatasetRef> DatasetRef::parse_if(std::string_view text) {
    try {
        return parse(text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string DatasetRef::str() const {
    std::string out;
    if (registry) {
        out += *registry + "/";
    }
    if (ns) {
        out += *ns + "/";
    }
    out += name;
    if (version) {
        out += ':';
        out += version->str();
    }
    if (digest) {
        out += '@';
        out += digest_str(*digest);
    }
    return out;
}

std::string digest_str(const Sha256& digest) {
    return "sha256:" + digest.hex();
}

std::optional<Sha256> parse_digest(std::string_view text) noexcept {
    constexpr std::string_view prefix = "sha256:";
    return text.starts_with(prefix) ? Sha256::from_hex(text.substr(prefix.size())) : std::nullopt;
}

} // namespace ds
