// Writing git objects so that a commit costs few syncs and a clone of a long history costs few files.
//
// libgit2 syncs file and folder of every single object: six waits for a commit, sixty thousand for a
// history of ten thousand commits. Here objects stay in memory (readable through the object database)
// until a ref is about to name them; only then are they made durable, all in one go: a few of them as
// loose objects that are synced together, many of them as one pack. What no ref ever names is never written.
#pragma once

#include "base/bytes.hpp"
#include "history/git2.hpp"
#include "os/fd.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace ds::git {

/// A new file under a temporary name; removed by the destructor unless it was installed. For one thread.
class NewFile {
  public:
    /// @throws Error, also when the temporary name is taken
    NewFile(std::string temporary, std::string target, mode_t mode);
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    /// Writes and lets the disk begin: the fsyncs that follow then find all files under way.
    void write(ByteView data);
    void sync();
    /// Renames it; the folder is not synced.
    void install();
    [[nodiscard]] const std::string& target() const noexcept { return target_; }

  private:
    std::string temporary_;
    std::string target_;
    Fd fd_;
    bool done_ = false;
};

/// The pending objects of one repository. For one thread; `repository` and `odb` must outlive it.
class ObjectWriter {
  public:
    /// @param objects_dir the repository's objects folder
    ObjectWriter(git_repository* repository, git_odb* odb, std::string objects_dir);

    /// Makes an object readable through the object database. One that is there and sound is left alone,
    /// a damaged one is replaced. Writes only when very much is pending. @throws Error
    git_oid put(git_object_t type, ByteView bytes);
    /// Makes everything durable: stage(), syncs(), install(). After an error everything is still pending.
    void flush();

    /// The three steps of flush(), for a caller that has files of its own to sync with them.
    void stage(); ///< writes what is pending under temporary names
    /// What makes the contents durable; may run in parallel, and must before install().
    [[nodiscard]] std::vector<std::function<void()>> syncs();
    void install(); ///< makes the names durable; nothing is pending any more
    /// Forgets what was staged; it stays pending.
    void unstage() noexcept { staged_.clear(); }

  private:
    void write_pack();

    git_repository* repository_;
    git_odb* odb_;
    git_odb_backend* memory_; ///< owned by odb_
    std::string objects_dir_;
    std::vector<git_oid> pending_;
    std::set<std::string> pending_ids_; ///< raw ids of the same
    std::size_t pending_bytes_ = 0;
    std::vector<NewFile> staged_;
    bool new_dirs_ = false; ///< the objects folder itself has to be synced
};

} // namespace ds::git
