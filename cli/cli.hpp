// What every command gets: the output, the session, the checkout it runs in, and the manners (questions,
// pager, notices) that all commands share.
#pragma once

#include "command.hpp"
#include "dataset/repository.hpp"
#include "parser.hpp"
#include "term/child.hpp"
#include "term/json_document.hpp"
#include "term/notices.hpp"
#include "term/output.hpp"
#include "term/progress_view.hpp"
#include "term/signals.hpp"
#include "words.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds::cli {

/// One running command. For one thread.
class Cli {
  public:
    Cli(const Globals& globals, Signals& signals, StatusLine& line, const Terminal& terminal);
    ~Cli();
    Cli(const Cli&) = delete;
    Cli& operator=(const Cli&) = delete;

    [[nodiscard]] const Globals& globals() const noexcept { return globals_; }
    [[nodiscard]] bool json() const noexcept { return globals_.json; }
    [[nodiscard]] bool nul() const noexcept { return globals_.nul; }
    [[nodiscard]] bool quiet() const noexcept { return globals_.quiet; }
    /// Text for people is wanted: neither --json, nor -z, nor -q.
    [[nodiscard]] bool human() const noexcept { return !json() && !nul() && !quiet(); }

    [[nodiscard]] Output& out() noexcept { return out_; }
    // Notices on stderr; what was printed on stdout before stands before them.
    void warn(std::string_view message);
    void info(std::string_view message);
    void hint(std::string_view message);
    [[nodiscard]] const Style& style() const noexcept { return style_; }
    [[nodiscard]] Context& context() noexcept { return context_; }

    /// Configured for the checkout around the current folder, if there is one.
    [[nodiscard]] Session& session();
    [[nodiscard]] bool inside();
    /// @throws Error(not_found) outside of a checkout
    [[nodiscard]] Repository& repository();
    /// Null outside of a checkout.
    [[nodiscard]] Repository* repository_if_any();

    // paths: as typed they are relative to the current folder, in the library to the root of the checkout
    /// @throws Error(usage) for one outside of the checkout
    [[nodiscard]] std::string path(const std::string& typed);
    /// The same for one that need not be a path of a version, as .git.
    [[nodiscard]] std::string any_path(const std::string& typed);
    [[nodiscard]] std::vector<std::string> paths(const std::vector<std::string>& typed);
    /// As paths(); without any, the whole checkout.
    [[nodiscard]] std::vector<std::string> paths_or_all(const std::vector<std::string>& typed);
    /// For people: relative to the current folder, control characters escaped.
    [[nodiscard]] std::string shown(std::string_view path);
    /// One path on a line of its own; with -z as it is, relative to the root, ended by NUL.
    void print_path(std::string_view path);

    // references
    [[nodiscard]] WordKind classify(std::string_view word) { return ds::cli::classify(word, inside()); }
    /// The reference that a word of any kind stands for, registry and namespace filled in; a word that is no
    /// reference must be a version of this dataset, or a revision on which one stands. @throws Error(usage), or
    /// Error(not_found) for a commit between versions
    [[nodiscard]] DatasetRef reference(const std::string& word);
    /// The name of a version of this dataset; HEAD or a full reference to it will do. @throws Error(usage) for another dataset
    [[nodiscard]] std::string version_here(const std::string& word);

    // manners
    /// Whether a question can be asked at all.
    [[nodiscard]] bool interactive() const;
    /// True with --yes; asks on a terminal; `otherwise` where nobody can answer.
    [[nodiscard]] bool confirm(std::string_view question, bool otherwise);
    /// For commands with long output: a pager if stdout is a terminal and the output is for people.
    void start_pager();
    [[nodiscard]] std::string edit(const std::string& initial);
    /// An editor on a file of the user's; `otherwise` is the hint when it fails.
    void edit_in_place(const std::string& path, const std::string& otherwise);
    /// Flushes stdout and waits for the pager.
    void finish();

  private:
    [[nodiscard]] VersionName version_of(const std::string& word);
    [[nodiscard]] const std::string& repository_dir();
    [[nodiscard]] const std::string& prefix();

    Globals globals_;
    Signals& signals_;
    StatusLine& line_;
    Terminal terminal_;
    Style style_;
    Output out_;
    Notices notices_;
    ProgressView progress_;
    Context context_;
    Pager pager_;
    std::optional<std::string> repository_dir_; ///< empty: none
    std::optional<std::string> prefix_;         ///< the current folder relative to the root
    std::unique_ptr<Session> session_;
    std::unique_ptr<Repository> repository_;
};

/// The mode that --progress and the place of stderr come to.
[[nodiscard]] ProgressMode progress_mode(const Globals& globals, const Terminal& terminal);

/// A path in a version in its registry, relative to the version's root. @throws Error(usage) for an empty or absolute one
[[nodiscard]] std::string path_in_version(const std::string& typed);

} // namespace ds::cli
