// Writing git objects so that a commit costs few syncs and a clone of a long history costs few files.
//
// libgit2 syncs file and folder of every single object: six waits for a commit, sixty thousand for a
// history of ten thousand commits. Here objects stay in memory (readable through the object database)
// until a ref is about to name them; only then are they made durable, all in one go: a few of them as
// loose objects whose syncs come after each other, so that the file system joins them, many of them as
// one pack. What no ref ever names is never written.
#pragma once

#include "base/bytes.hpp"
#include "history/git2.hpp"

#include <set>
#include <string>
#include <vector>

namespace ds::git {

/// The pending objects of one repository. For one thread; `repository` and `odb` must outlive it.
class ObjectWriter {
  public:
    /// @param objects_dir the repository's objects folder
    ObjectWriter(git_repository* repository, git_odb* odb, std::string objects_dir);

    /// Makes an object readable through the object database. One that is there and sound is left alone,
    /// a damaged one is replaced. Writes only when very much is pending. @throws Error
    git_oid put(git_object_t type, ByteView bytes);
    /// Makes everything durable. After an error everything is still pending. @throws Error
    void flush();

  private:
    void write_loose();
    void write_pack();

    git_repository* repository_;
    git_odb* odb_;
    git_odb_backend* memory_; ///< owned by odb_
    std::string objects_dir_;
    std::vector<git_oid> pending_;
    std::set<std::string> pending_ids_; ///< raw ids of the same
    std::size_t pending_bytes_ = 0;
};

} // namespace ds::git
