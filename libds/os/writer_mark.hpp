// Temporary files in folders that people use, and what a killed process leaves of them.
//
// Whoever writes below a folder first puts a mark into a folder that those who come later look at: a small
// file, locked (OFD) as long as the writer lives, which works across containers, where process ids say
// nothing. The names of all of his temporary files (and links, which cannot be locked) begin with what the
// mark names. A mark whose lock is free was left by a dead one: his files are searched for and removed, the
// mark last. Without such a mark nothing has to be searched, however large the folder is.
//
//   <marks>/.dsctl-tmp-<id>.writer        the mark; id: 20 hex digits; empty
//   <root>/…/.dsctl-tmp-<id>-…            temporary files and links
#pragma once

#include "base/context.hpp"
#include "os/file.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace ds {

/// Says that somebody is writing. The mark is put when the first temporary name is asked for, and goes with
/// this object, which must outlive the temporary files. Thread-safe.
class WriterMark {
  public:
    /// @param marks the folder for the mark; need not exist before prefix() is called
    explicit WriterMark(std::string marks) : marks_(std::move(marks)) {}
    ~WriterMark();
    WriterMark(const WriterMark&) = delete;
    WriterMark& operator=(const WriterMark&) = delete;

    /// What the names of temporary files begin with; puts the mark. @throws Error
    [[nodiscard]] const std::string& prefix();

  private:
    void put();

    std::string marks_;
    std::once_flag once_;
    std::string prefix_;
    std::string path_;
    std::optional<LockFile> lock_;
};

/// Removes what killed processes left of an AtomicFile in `folder` itself, not below it: regular files of such
/// names that nobody has written to for an hour. For folders of small files that only dsctl uses; what cannot
/// be removed stays. @throws Error if the folder cannot be listed; none is fine
void remove_old_temporaries(const std::string& folder);

/// Removes what dead writers whose marks lie in `marks` left below `root`, then their marks. Files of those
/// who live stay. Folders whose removal was under way (remove_tree) go, too. Folders that cannot be read are passed over: nobody wrote there either. What cannot be
/// removed is warned of, and tried again the next time.
/// @returns how many files and links were removed @throws Interrupted
std::uint64_t remove_leftovers(const std::string& marks, const std::string& root, Context& context);

} // namespace ds
