// Revision syntax, as in git, of what makes sense for versions:
//   revision := [base] ["@{" n "}"] ("~" [n] | "^" [n])*
//   base     := version | HEAD | registry "/" version | "refs/…" | 4–40 hex digits of a commit id
// Without a base it is HEAD. A name beats an abbreviated id; a draft beats a tag of the same name.
#include "base/hex.hpp"
#include "base/path.hpp"
#include "history/history_impl.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t max_revision_bytes = 1024;

[[noreturn]] void malformed(std::string_view revision, std::string_view why) {
    throw Error(
        ErrorKind::usage,
        fmt::format("'{}' is no revision: {}", printable(revision.substr(0, max_revision_bytes)), why),
        "dsctl help refs");
}

/// Takes digits from the front; `fallback` when there are none.
std::uint32_t take_number(std::string_view& text, std::uint32_t fallback, std::string_view revision) {
    std::uint32_t value = fallback;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        malformed(revision, "the number is too large");
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool is_abbreviated_id(std::string_view text) {
    return text.size() >= GIT_OID_MINPREFIXLEN && text.size() <= GIT_OID_HEXSZ &&
           std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

/// The ref that a base names, "" for none.
std::string find_ref(const History::Impl& impl, const std::string& base) {
    std::vector<std::string> candidates;
    if (base == "HEAD") {
        return base;
    }
    if (VersionName::valid(base)) {
        candidates = {std::string(tag_refs) + base, std::string(draft_refs) + base};
    } else if (const auto slash = base.find('/'); base.starts_with("refs/")) {
        candidates = {base};
    } else if (slash != std::string::npos && is_component(base.substr(0, slash)) &&
               VersionName::valid(base.substr(slash + 1))) {
        candidates = {std::string(remote_refs) + base};
    }
    for (const auto& ref : candidates) {
        if (git_reference_is_valid_name(ref.c_str()) == 1 && impl.ref_target(ref)) {
            return ref;
        }
    }
    return "";
}

std::optional<CommitId> find_by_id(const History::Impl& impl, const std::string& hex) {
    git_oid prefix;
    git::check(git_oid_fromstrn(&prefix, hex.data(), hex.size()), "cannot read a commit id");
    git_object* raw = nullptr;
    const int code =
        git_object_lookup_prefix(&raw, impl.repository.get(), &prefix, hex.size(), GIT_OBJECT_COMMIT);
    if (code == GIT_ENOTFOUND) {
        return std::nullopt;
    }
    if (code == GIT_EAMBIGUOUS) {
        throw Error(ErrorKind::usage, fmt::format("commit id '{}' is ambiguous", hex),
                    "give more digits of it");
    }
    git::check(code, fmt::format("cannot read commit {}", hex));
    const git::Handle<git_object, git_object_free> object(raw);
    return git::to_id(*git_object_id(raw));
}

} // namespace

std::optional<CommitId> History::resolve(const std::string& revision) {
    const std::string_view text = revision;
    if (text.empty() || text.size() > max_revision_bytes || text.find('\0') != std::string_view::npos) {
        malformed(text, text.empty() ? "it is empty" : "it is too long");
    }
    auto base_end = std::min(text.find_first_of("~^"), text.find("@{"));
    base_end = std::min(base_end, text.size());
    const std::string base(base_end == 0 ? "HEAD" : text.substr(0, base_end));
    auto suffix = text.substr(base_end);

    std::optional<CommitId> commit;
    const auto ref = find_ref(*impl_, base);
    if (suffix.starts_with("@{")) {
        suffix.remove_prefix(2);
        const bool has_number = !suffix.empty() && suffix.front() >= '0' && suffix.front() <= '9';
        const auto n = take_number(suffix, 0, text);
        if (!has_number || !suffix.starts_with('}')) {
            malformed(text, "only a number can stand in @{…}");
        }
        suffix.remove_prefix(1);
        const auto entries = ref.empty() ? std::vector<ReflogEntry>{} : reflog(ref);
        if (n >= entries.size() || entries[n].after.is_null()) {
            return std::nullopt;
        }
        commit = entries[n].after;
    } else if (ref == "HEAD") {
        commit = current().commit;
    } else if (!ref.empty()) {
        commit = impl_->ref_target(ref);
    } else if (is_abbreviated_id(base)) {
        commit = find_by_id(*impl_, base);
    }
    if (commit) {
        commit = impl_->peel(*commit);
    }

    while (!suffix.empty()) {
        const char kind = suffix.front();
        if (kind != '~' && kind != '^') {
            malformed(text, fmt::format("'{}' is not understood", printable(suffix)));
        }
        suffix.remove_prefix(1);
        const auto n = take_number(suffix, 1, text);
        // Going on after the end finds mistakes in the rest.
        for (std::uint32_t i = 0; commit && i < (kind == '~' ? n : std::min(n, 1u)); ++i) {
            const auto parents = read_commit(*commit).data.parents;
            const std::size_t wanted = kind == '~' ? 0 : n - 1;
            commit = wanted < parents.size() ? std::optional(parents[wanted]) : std::nullopt;
        }
    }
    return commit;
}

} // namespace ds
