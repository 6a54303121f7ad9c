// The one error type of the library, and the exit codes that are a public contract.
//
// Functions throw ds::Error for what the user must hear about. Expected absence is
// std::optional, expected outcomes are enums. Only cli/main.cpp prints an Error.
#pragma once

#include <exception>
#include <string>

namespace ds {

/// What went wrong, in the classes the exit codes know. Not persistent.
enum class ErrorKind {
    differs,     ///< "no": the comparison asked for does not hold (exit 1)
    not_found,   ///< a named thing does not exist (exit 3)
    auth,        ///< credentials missing or refused (exit 4)
    retry,       ///< failed, worth running again (exit 5)
    unknown,     ///< the outcome is not known; reading again resolves it (exit 5)
    conflict,    ///< somebody else changed it, or versions disagree (exit 6)
    immutable,   ///< published, cannot change (exit 6)
    corrupt,     ///< bytes differ from their hash or grammar (exit 7)
    locked,      ///< another process holds the lock (exit 8)
    failure,     ///< any other failure (exit 128)
    usage,       ///< the command line or a name in it is wrong (exit 129)
    interrupted, ///< Ctrl-C or SIGTERM (exit 130)
};

/// The exit code of a kind; the table is printed in every manual page.
[[nodiscard]] int exit_code(ErrorKind kind) noexcept;

/// An error for the user: one sentence, and optionally one command that helps.
class Error : public std::exception {
  public:
    /// @param message what failed, on which object, why; no trailing full stop.
    /// @param hint one command or sentence that leads out; may be empty.
    Error(ErrorKind kind, std::string message, std::string hint = {});

    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  private:
    ErrorKind kind_;
    std::string message_;
    std::string hint_;
};

/// Stored or received bytes that do not match their hash or their grammar.
class CorruptObject : public Error {
  public:
    explicit CorruptObject(std::string message, std::string hint = {})
        : Error(ErrorKind::corrupt, std::move(message), std::move(hint)) {}
};

/// Thrown where a std::stop_token was seen to be stopped.
class Interrupted : public Error {
  public:
    Interrupted() : Error(ErrorKind::interrupted, "interrupted") {}
};

} // namespace ds
