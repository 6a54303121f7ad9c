// The command tree: what a command is called, what it takes, what it does. The parser, help, manual pages
// and completions are all made from it, so none of them can say something else than the others.
//
// Each file of commands/ defines one `CommandSpec command_<name>()`; CMake generates the list of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::cli {

class Cli;

/// Sections of `dsctl help`, in order.
enum class Group { start, work, versions, inspect, release, share, registry, upkeep, plumbing };
[[nodiscard]] std::string_view group_title(Group group);

/// What a shell may offer for a value.
enum class Complete { nothing, path, folder, version, reference, registry, config_key, command };

struct OptionSpec {
    char letter = 0;   ///< 0: none
    std::string name;  ///< without the dashes
    std::string value; ///< what it takes ("MESSAGE"), empty for a flag
    std::string help;
    bool repeatable = false;
    Complete complete = Complete::nothing;
    std::vector<std::string> choices; ///< values that are allowed; empty: any
    /// "-m, --message MESSAGE"
    [[nodiscard]] std::string usage() const;
};

enum class Count { one, optional, any, some };
struct OperandSpec {
    std::string name; ///< "PATH"
    Count count;
    Complete complete;
    bool after_dashes = false; ///< only behind "--"
    /// "[PATH…]"
    [[nodiscard]] std::string usage() const;
};

/// A command line, parsed. Value type.
class Arguments {
  public:
    [[nodiscard]] bool has(const std::string& option) const { return options_.contains(option); }
    [[nodiscard]] std::optional<std::string> value(const std::string& option) const;
    [[nodiscard]] std::vector<std::string> values(const std::string& option) const;
    [[nodiscard]] std::string value_or(const std::string& option, std::string otherwise) const;
    /// @throws Error(usage)
    [[nodiscard]] std::optional<std::uint64_t> number(const std::string& option) const;
    /// In bytes ("64MiB"). @throws Error(usage)
    [[nodiscard]] std::optional<std::uint64_t> size(const std::string& option) const;
    /// Operands: those before "--" and those behind it.
    std::vector<std::string> words;
    std::vector<std::string> after_dashes;
    bool dashes = false; ///< whether "--" was there
    /// words, then after_dashes: for commands where "--" only ends the options.
    [[nodiscard]] std::vector<std::string> all() const;
    /// The i-th of all(), if it is there.
    [[nodiscard]] std::optional<std::string> operand(std::size_t i) const;

    std::map<std::string, std::vector<std::string>> options_; ///< filled by the parser
};

/// A command or a group of commands ("registry"). Built once, by chained calls.
class CommandSpec {
  public:
    /// @param place within the group, for help
    CommandSpec(std::string called, Group section, int place, std::string what_it_does)
        : name(std::move(called)), group(section), rank(place), summary(std::move(what_it_does)) {}
    /// A command of a group of commands.
    CommandSpec(std::string called, std::string what_it_does)
        : CommandSpec(std::move(called), Group::start, 0, std::move(what_it_does)) {}

    CommandSpec&& flag(char letter, std::string option, std::string help) &&;
    CommandSpec&& option(char letter, std::string option, std::string value, std::string help,
                         Complete complete = Complete::nothing) &&;
    /// An option that may be given several times.
    CommandSpec&& options_of(char letter, std::string option, std::string value, std::string help) &&;
    CommandSpec&& choice(char letter, std::string option, std::string value, std::vector<std::string> choices,
                         std::string help) &&;
    CommandSpec&& operand(std::string operand, Count count, Complete complete = Complete::nothing) &&;
    /// Operands that stand behind "--".
    CommandSpec&& dashed(std::string operand, Complete complete) &&;
    CommandSpec&& child(CommandSpec spec) &&;
    /// It prints data: --json is allowed.
    CommandSpec&& json() &&;
    /// It prints paths: -z is allowed.
    CommandSpec&& nul() &&;
    /// Left out of help, manuals and completions.
    CommandSpec&& hide() &&;
    /// What runs; the result is the exit code.
    CommandSpec&& runs(std::function<int(Cli&, const Arguments&)> function) &&;

    /// "add [options] PATH…"
    [[nodiscard]] std::string usage() const;
    [[nodiscard]] const CommandSpec* find_child(std::string_view child) const;

    std::string name;
    Group group;
    int rank;            ///< place within its group
    std::string summary; ///< one sentence in the imperative, no full stop
    bool hidden = false;
    bool prints_json = false;
    bool prints_paths = false;
    std::vector<OptionSpec> options;
    std::vector<OperandSpec> operands;
    std::vector<CommandSpec> children;
    std::function<int(Cli&, const Arguments&)> run;
};

/// Options every command has.
[[nodiscard]] const std::vector<OptionSpec>& global_options();

/// Every command, by group and rank. Defined in a file that CMake generates from the names in commands/.
[[nodiscard]] std::vector<CommandSpec> all_commands();

/// The exit codes, for help and manuals: (code, meaning).
struct ExitStatus {
    int code;
    std::string_view meaning;
};
[[nodiscard]] const std::vector<ExitStatus>& exit_statuses();

} // namespace ds::cli
