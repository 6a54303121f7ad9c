// Plain files on their way into a draft, wherever they come from: counted, warned about, read or only looked at.
#pragma once

#include "base/context.hpp"
#include "dataset/remote_edit.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ds {

struct Taken {
    std::uint64_t files = 0;   ///< links included
    std::uint64_t folders = 0; ///< empty ones
    std::uint64_t bytes = 0;
    std::vector<std::pair<std::string, std::string>> skipped; ///< path, why (at most 1,000)
    std::uint64_t skipped_count = 0;
};

/// Takes what a source has to give. For one thread.
class Intake {
  public:
    using Read = std::function<std::size_t(char*, std::size_t)>;

    /// @param editor null: a dry run, which reads no content
    explicit Intake(DraftEditor* editor) : editor_(editor) {}

    [[nodiscard]] bool reads_content() const noexcept { return editor_ != nullptr; }
    /// A file. @param size as the source says, 0 if it does not
    /// @returns what it came to; without hash in a dry run
    Entry file(const std::string& path, EntryKind kind, std::uint64_t size, const Read& read);
    /// Another name for what was taken (or is in the draft) under `target`. @returns false when there is no such file
    [[nodiscard]] bool same_as(const std::string& path, const std::string& target);
    void link(const std::string& path, const std::string& target);
    void folder(const std::string& path);
    /// Something that a version cannot hold; the rest goes on.
    void skip(const std::string& path, std::string why);
    /// Whether a path was taken already.
    [[nodiscard]] bool took(const std::string& path) const {
        return editor_ != nullptr && editor_->put_before(path);
    }
    [[nodiscard]] const Taken& taken() const noexcept { return taken_; }

  private:
    DraftEditor* editor_;
    Taken taken_;
};

/// A local file, link or folder (its ignore rules are those of .dsctlignore files in it). Sockets, pipes and devices are
/// skipped with a warning.
/// @param to where it goes; a folder's content goes below it ("" is the root of the version)
/// @throws Error for what cannot be read or keeps changing: nothing is to be committed then
void take_local(Intake& intake, const std::string& source, const std::string& to, Context& context);

/// Reads of a pipe or file that a stop ends within a moment, also while nothing comes. `context` must outlive it.
[[nodiscard]] Intake::Read stream_reader(int fd, std::string name, Context& context);
/// "-": standard input as one file.
void take_stream(Intake& intake, int fd, const std::string& to, Context& context);

} // namespace ds
