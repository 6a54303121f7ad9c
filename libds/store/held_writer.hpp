// Holding a large file in a write session instead of copying it (held_file.hpp).
//
// The clone, or the file itself where it is only referenced, is what is read, cut and hashed, so that what is
// held is what was hashed. Chunks come in order and are judged in groups: where more than half of a group's
// bytes are new, the new ones are held where they are; else they are copied into packs, because a changed row
// must not keep a whole file alive. Nothing is told to the session before commit(): a file that changed
// meanwhile leaves nothing behind that points to where its bytes were.
#pragma once

#include "model/recipe.hpp"
#include "store/held_file.hpp"
#include "store/object_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ds {

struct SealedPack;

/// For one thread.
class HeldFileWriter {
  public:
    ~HeldFileWriter();
    HeldFileWriter(const HeldFileWriter&) = delete;
    HeldFileWriter& operator=(const HeldFileWriter&) = delete;

    /// What is to be read.
    [[nodiscard]] const Fd& bytes() const noexcept { return fd_; }
    /// The next chunk. @throws FileChanged when a referenced file turns out to have changed
    void add(const Sha256& hash, std::uint64_t length);
    /// The whole file was added, and it was seen unchanged after it was read.
    void commit();

  private:
    friend class StoreWriter;
    HeldFileWriter(StoreWriter& writer, HeldSource source, Fd fd, std::string data_path);
    void flush();
    [[nodiscard]] bool is_new(const Sha256& hash) const;
    void copy_new(const std::vector<bool>& fresh);
    void hold_new(const std::vector<bool>& fresh);

    StoreWriter& writer_;
    HeldSource source_;
    Fd fd_;
    std::string data_path_; ///< of the clone in the session's folder; empty for a reference
    std::uint64_t number_;
    std::uint64_t begin_ = 0; ///< where the group begins in the file
    std::vector<RecipeItem> group_;
    std::vector<std::shared_ptr<SealedPack>> written_;
};

} // namespace ds
