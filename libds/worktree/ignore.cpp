// Reading pattern files and asking them. The parsing follows git's dir.c line by line, because people bring
// their .gitignore along and expect it to mean the same.
#include "worktree/ignore.hpp"

#include "base/path.hpp"
#include "os/file.hpp"
#include "worktree/ignore_scope.hpp"
#include "worktree/wildmatch.hpp"

#include <unordered_map>

namespace ds {

namespace {

/// Pattern files are small; a larger one is a mistake that must not cost memory.
constexpr std::uint64_t max_pattern_file = 16u << 20;

/// Without unescaped spaces at the end, as git does it.
std::string_view trim_trailing_spaces(std::string_view line) {
    std::size_t end = line.size();
    bool in_spaces = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == ' ') {
            end = in_spaces ? end : i;
            in_spaces = true;
            continue;
        }
        if (line[i] == '\\' && ++i == line.size()) {
            return line;
        }
        in_spaces = false;
    }
    return in_spaces ? line.substr(0, end) : line;
}

} // namespace

struct IgnoreFile::Rule {
    std::string text; ///< as it stands in the file
    unsigned line = 0;
    bool negated = false;
    bool folders_only = false;
    bool last_component = false; ///< no '/' in it: matches names at any depth
    Wildmatch pattern;
};

IgnoreFile::IgnoreFile(std::string_view text, std::string source, std::string base)
    : source_(std::move(source)), base_(std::move(base)) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    unsigned number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (end != std::string_view::npos && line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || line[0] == '#') {
            continue;
        }
        line = trim_trailing_spaces(line.substr(0, line.find('\0')));
        std::string_view pattern = line;
        const bool negated = pattern.starts_with('!');
        pattern.remove_prefix(negated ? 1 : 0);
        const bool folders_only = pattern.ends_with('/');
        pattern.remove_suffix(folders_only ? 1 : 0);
        if (pattern.empty()) {
            continue;
        }
        const bool last_component = pattern.find('/') == std::string_view::npos;
        pattern.remove_prefix(pattern[0] == '/' ? 1 : 0);
        rules_.push_back(
            {std::string(line), number, negated, folders_only, last_component, Wildmatch(pattern)});
    }
}

IgnoreFile::~IgnoreFile() = default;
IgnoreFile::IgnoreFile(IgnoreFile&&) noexcept = default;

bool IgnoreFile::empty() const noexcept {
    return rules_.empty();
}

const IgnoreFile::Rule* IgnoreFile::find(std::string_view path, Target target) const {
    std::string_view inner = path;
    if (!base_.empty()) {
        if (path.size() <= base_.size() + 1 || !is_within(path, base_)) {
            return nullptr;
        }
        inner.remove_prefix(base_.size() + 1);
    }
    const std::string_view name = base_name(path);
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (rule->folders_only && target != Target::folder) {
            continue;
        }
        if (rule->pattern.match(rule->last_component ? name : inner)) {
            return &*rule;
        }
    }
    return nullptr;
}

std::optional<IgnoreMatch> IgnoreFile::match(std::string_view path, Target target) const {
    const Rule* rule = find(path, target);
    if (rule == nullptr) {
        return std::nullopt;
    }
    return IgnoreMatch{source_, rule->line, rule->text, rule->negated};
}

IgnoreFile::Verdict IgnoreFile::decide(std::string_view path, Target target) const {
    const Rule* rule = rules_.empty() ? nullptr : find(path, target);
    if (rule == nullptr) {
        return Verdict::undecided;
    }
    return rule->negated ? Verdict::wanted : Verdict::ignored;
}

bool always_ignored(std::string_view name) noexcept {
    return name == ".git" || name == ".dsctl" || name.starts_with(".dsctl-tmp-") ||
           name.starts_with(kept_prefix);
}

std::optional<IgnoreMatch> IgnoreScope::match(std::string_view path, IgnoreFile::Target target) const {
    for (const IgnoreScope* scope = this; scope != nullptr; scope = scope->outer_.get()) {
        if (auto found = scope->file_.match(path, target)) {
            return found;
        }
    }
    return std::nullopt;
}

bool IgnoreScope::ignored(std::string_view path, IgnoreFile::Target target) const {
    for (const IgnoreScope* scope = this; scope != nullptr; scope = scope->outer_.get()) {
        const auto verdict = scope->file_.decide(path, target);
        if (verdict != IgnoreFile::Verdict::undecided) {
            return verdict == IgnoreFile::Verdict::ignored;
        }
    }
    return false;
}

std::shared_ptr<const IgnoreScope> IgnoreScope::load(std::shared_ptr<const IgnoreScope> outer,
                                                     const std::string& file, std::string source,
                                                     std::string_view folder) {
    std::optional<ByteString> text;
    try {
        const auto st = try_lstat(file);
        if (st && S_ISREG(st->st_mode)) { // a link could lead anywhere, a fifo would hang us
            text = try_read_file(file, max_pattern_file);
        }
    } catch (const Error&) { // as git does: what cannot be read rules nothing
    }
    if (!text) {
        return outer;
    }
    IgnoreFile rules(*text, std::move(source), std::string(folder));
    if (rules.empty()) {
        return outer;
    }
    return std::make_shared<const IgnoreScope>(std::move(outer), std::move(rules));
}

struct IgnoreRules::Impl {
    std::shared_ptr<const IgnoreScope> scope(std::string_view folder) {
        if (const auto found = scopes.find(std::string(folder)); found != scopes.end()) {
            return found->second;
        }
        if (scopes.size() > 4096) {
            scopes.clear(); // a cache only
        }
        auto outer = folder.empty() ? exclude : scope(parent_path(folder));
        const std::string prefix = folder.empty() ? std::string() : std::string(folder) + '/';
        const std::string source = prefix + std::string(ignore_file_name);
        auto made = IgnoreScope::load(std::move(outer), root + '/' + source, source, folder);
        scopes[std::string(folder)] = made;
        return made;
    }

    std::string root;
    std::shared_ptr<const IgnoreScope> exclude;
    std::unordered_map<std::string, std::shared_ptr<const IgnoreScope>> scopes;
};

IgnoreRules::IgnoreRules(std::string root, const std::string& exclude_file)
    : impl_(std::make_unique<Impl>()) {
    impl_->root = std::move(root);
    impl_->exclude = IgnoreScope::load(nullptr, exclude_file, ".dsctl/info/exclude", {});
}
IgnoreRules::~IgnoreRules() = default;
IgnoreRules::IgnoreRules(IgnoreRules&&) noexcept = default;

std::optional<IgnoreMatch> IgnoreRules::explain(std::string_view path, IgnoreFile::Target target) {
    for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        const bool whole = end == std::string_view::npos;
        const std::string_view part = path.substr(0, end);
        if (always_ignored(base_name(part))) {
            return IgnoreMatch{"(always)", 0, std::string(base_name(part)), false};
        }
        const auto rules = impl_->scope(parent_path(part));
        auto match = rules ? rules->match(part, whole ? target : IgnoreFile::Target::folder) : std::nullopt;
        if (whole || (match && !match->negated)) {
            return match;
        }
    }
}

bool IgnoreRules::ignored_here(std::string_view path, IgnoreFile::Target target) {
    if (always_ignored(base_name(path))) {
        return true;
    }
    const auto rules = impl_->scope(parent_path(path));
    return rules && rules->ignored(path, target);
}

std::shared_ptr<const IgnoreScope> IgnoreRules::scope(std::string_view folder) {
    return impl_->scope(folder);
}

Glob::Glob(std::string_view pattern) {
    if (pattern.ends_with('/')) {
        pattern.remove_suffix(1);
    }
    last_component_ = pattern.find('/') == std::string_view::npos;
    if (pattern.starts_with('/')) {
        pattern.remove_prefix(1);
    }
    pattern_ = std::make_unique<const Wildmatch>(pattern);
}
Glob::~Glob() = default;
Glob::Glob(Glob&&) noexcept = default;

bool Glob::match(std::string_view path) const {
    for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        const std::string_view part = path.substr(0, end);
        if (pattern_->match(last_component_ ? base_name(part) : part)) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
    }
}

bool glob_match(std::string_view pattern, std::string_view path) {
    return Glob(pattern).match(path);
}

} // namespace ds
