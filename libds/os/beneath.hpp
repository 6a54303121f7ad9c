// Writing below one folder and nowhere else: openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS.
//
// Every operation resolves the folder of its path that way and then acts on the last component by
// an *at() call that does not follow links. Where the kernel has no openat2 (before 5.6, or a
// sandbox forbids it), the folder is opened one component after the other with O_NOFOLLOW.
#pragma once

#include "os/fd.hpp"
#include "os/walk.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A folder that files are written into. All paths are validated, relative, '/'-separated; none can
/// escape, whatever links stand in the way. Each instance is for one thread; many may share a root.
class BeneathDir {
  public:
    enum class Resolution { kernel, components };
    /// @param resolution `components` avoids openat2 (what happens by itself where it is missing).
    /// @throws Error when `root` is not a folder
    explicit BeneathDir(const std::string& root, Resolution resolution = Resolution::kernel);
    /// What names of temporary files begin with from now on (else ".dsctl-tmp-"): see writer_mark.hpp.
    void name_temporaries(const std::string& prefix);

    [[nodiscard]] const std::string& root() const noexcept { return root_; }
    /// Creates the folders above `path`. A file or link in the way of a folder is an error unless
    /// `replace` (then it is unlinked). @throws Error
    enum class Obstacles { refuse, replace };
    void make_parents(std::string_view path, Obstacles obstacles = Obstacles::refuse);
    /// Creates the folder itself; those above it must exist, and it may. @throws Error
    void make_dir(std::string_view path);

    /// Opens a new temporary file in the folder of `path`. Returns its descriptor; `temp_name` gets
    /// the name to hand to install() or discard(). @throws Error
    [[nodiscard]] Fd create_temp(std::string_view path, std::string& temp_name, bool executable);
    /// Opens the file `name` in the folder of `path`, which is kept over interruptions, and locks it as long as the
    /// descriptor is open; it is made if it is missing. Install it before the descriptor is closed.
    /// @returns nothing while another process has it, or where something else has its name. @throws Error
    [[nodiscard]] std::optional<Fd> open_kept(std::string_view path, const std::string& name,
                                              bool executable);
    /// Renames the temporary over `path`. An empty folder in the way is removed; a non-empty one is
    /// an error. On failure the temporary is removed. @throws Error
    void install(std::string_view path, const std::string& temp_name);
    void discard(std::string_view path, const std::string& temp_name) noexcept;
    /// Creates or replaces a symlink (temp + rename). @throws Error
    void make_symlink(std::string_view path, const std::string& target);
    /// Removes a file or link; true if there was one. What lies behind a link is not ours: false.
    /// @throws Error, also for a folder
    bool remove(std::string_view path);
    /// Removes the folder if it is empty; true if it was removed.
    bool remove_empty_dir(std::string_view path);
    void set_executable(std::string_view path, bool executable);

    /// Kind missing when there is no such path without following a link. @throws Error
    [[nodiscard]] FileStat lstat(std::string_view path);
    /// Opens a regular file for reading, not following links (also not the last). @throws Error
    [[nodiscard]] Fd open_read(std::string_view path);
    [[nodiscard]] std::string read_link(std::string_view path);
    /// What is in a folder ("": the root), in the order of read_dir_ordered(); nothing when it cannot be read.
    [[nodiscard]] std::vector<DirEntry> list(std::string_view path);

  private:
    /// Opens the folder `path` (not ""); an invalid Fd and errno when that fails.
    Fd open_folder(std::string_view path);
    /// The descriptor of the folder of `path` (the last one used is kept open); -1 and errno.
    int find_parent(std::string_view path);
    /// The same. @throws Error
    int parent_fd(std::string_view path);
    /// Runs call(folder, name); once more with a fresh folder if the kept one was removed meanwhile.
    template <class Call>
    int with_parent(std::string_view path, Call call);
    void forget_below(std::string_view folder) noexcept;
    [[nodiscard]] std::string full(std::string_view path) const;
    std::string next_temp_name();

    std::string root_;
    Fd root_fd_;
    std::string cached_parent_;
    Fd cached_fd_;
    Resolution resolution_;
    std::string temp_prefix_;
    std::uint64_t temp_count_ = 0;
};

} // namespace ds
