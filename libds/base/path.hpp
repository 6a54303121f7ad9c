// Paths inside a dataset: bytes, '/' between components, order by byte.
#pragma once

#include <string>
#include <string_view>

namespace ds {

inline constexpr std::size_t max_path_bytes = 4096;
inline constexpr std::size_t max_component_bytes = 255;

/// Why `path` cannot be an entry's path, or an empty view if it can. A path is 1–4096 bytes without NUL;
/// components are 1–255 bytes, not "." or "..", and none of them is a spelling of ".git" or
/// ".dsctl" that some file system takes for it (any case; trailing dots or spaces; the short names
/// "git~1" and "dsctl~1"; "::$DATA"
/// or another ":" stream; zero-width characters inside).
[[nodiscard]] std::string_view path_problem(std::string_view path) noexcept;

/// @throws CorruptObject naming `what`; for paths read from a bucket, file or network.
void check_stored_path(std::string_view path, std::string_view what);

/// Whether the component is a spelling of ".git" or ".dsctl" (see path_problem).
[[nodiscard]] bool is_reserved_component(std::string_view component) noexcept;

/// Lexically joins and normalises `path` against the folder `base` (both relative to the root of
/// the data set; base may be empty). Returns "" for the root itself.
/// @throws Error(usage) when it leaves the root or cannot be an entry's path.
[[nodiscard]] std::string normalise_path(std::string_view base, std::string_view path);
/// The same without the second check: for paths that are asked about, and need be no entry's.
[[nodiscard]] std::string join_below_root(std::string_view base, std::string_view path);

/// Whether `path` is `folder` itself or below it; the empty folder holds everything.
[[nodiscard]] bool is_within(std::string_view path, std::string_view folder) noexcept;

/// The folder of a path, "" at the top.
[[nodiscard]] std::string_view parent_path(std::string_view path) noexcept;
/// The last component.
[[nodiscard]] std::string_view base_name(std::string_view path) noexcept;

/// For terminals and messages: control characters (C0, DEL, C1), invalid UTF-8 and bidi overrides
/// as \xNN, newline as \n, tab as \t; everything else as it is.
[[nodiscard]] std::string printable(std::string_view bytes);

} // namespace ds
