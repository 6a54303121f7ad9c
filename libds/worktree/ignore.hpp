// Ignore rules: .dsctlignore per folder with gitignore semantics, and .dsctl/info/exclude.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

class Wildmatch;

/// One rule and where it stands, for check-ignore -v.
struct IgnoreMatch {
    std::string source; ///< "train/.dsctlignore" relative to the root, or ".dsctl/info/exclude"
    unsigned line = 0;
    std::string pattern;
    bool negated = false; ///< a '!' rule: not ignored
};

/// The rules of one pattern file. Immutable, thread-safe.
/// gitignore semantics: blank and '#' lines, '\' escapes, '!' negation, trailing '/' for folders, '/'
/// anchors,
/// '*', '?', '[…]', '**'; the last match wins. Matching is by byte and takes linear-ish time (no exponential
/// patterns).
class IgnoreFile {
  public:
    /// @param base the folder the rules hold in, "" for the root
    IgnoreFile(std::string_view text, std::string source, std::string base);
    ~IgnoreFile();
    IgnoreFile(IgnoreFile&&) noexcept;
    enum class Target { file, folder };
    /// @param path relative to the root
    [[nodiscard]] std::optional<IgnoreMatch> match(std::string_view path, Target target) const;
    enum class Verdict { undecided, ignored, wanted };
    /// The same without saying which rule decides.
    [[nodiscard]] Verdict decide(std::string_view path, Target target) const;
    [[nodiscard]] bool empty() const noexcept;

  private:
    struct Rule;
    [[nodiscard]] const Rule* find(std::string_view path, Target target) const;
    std::vector<Rule> rules_;
    std::string source_;
    std::string base_;
};

class IgnoreScope;

/// Rules of a whole work tree, loading .dsctlignore files as folders are entered. For one thread.
class IgnoreRules {
  public:
    /// @param root of the work tree  @param exclude_file absolute path, may not exist
    IgnoreRules(std::string root, const std::string& exclude_file);
    ~IgnoreRules();
    IgnoreRules(IgnoreRules&&) noexcept;
    /// The rule that decides about a path (a parent folder's match counts), or nothing.
    /// .git and .dsctl (as folders or files, at any depth) are always ignored.
    [[nodiscard]] std::optional<IgnoreMatch> explain(std::string_view path, IgnoreFile::Target target);
    /// The same as a yes or no, for walks that only enter folders that are not ignored: parents are not
    /// looked at again.
    [[nodiscard]] bool ignored_here(std::string_view path, IgnoreFile::Target target);
    /// The rules that hold for what lies in `folder`, for walks that ask in several threads (null: none).
    [[nodiscard]] std::shared_ptr<const IgnoreScope> scope(std::string_view folder);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A gitignore-style glob, compiled once, for many paths. Immutable, thread-safe. See glob_match().
class Glob {
  public:
    explicit Glob(std::string_view pattern);
    ~Glob();
    Glob(Glob&&) noexcept;
    [[nodiscard]] bool match(std::string_view path) const;

  private:
    std::unique_ptr<const Wildmatch> pattern_;
    bool last_component_ = false;
};

/// A gitignore-style glob over whole paths, for --include/--exclude and get: '**', '*', '?', '[…]'; a pattern
/// without '/' matches the last component at any depth; a pattern that matches a folder matches all below it.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view path);

} // namespace ds
