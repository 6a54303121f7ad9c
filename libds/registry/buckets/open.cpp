// From a URL to a kind of bucket. A new kind adds one line to the table of each function here.
#include "base/hex.hpp"
#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/bucket.hpp"
#include "registry/buckets/folder.hpp"
#include "registry/buckets/s3.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

/// The folder a URL names; nothing for URLs of other schemes. @throws Error(usage)
std::optional<std::string> folder_of_url(const std::string& url) {
    constexpr std::string_view scheme = "file://";
    if (!url.starts_with(scheme)) {
        return url.find("://") == std::string::npos && !url.empty() ? std::optional(absolute_path(url))
                                                                    : std::nullopt;
    }
    std::string path;
    std::string_view rest = std::string_view(url).substr(scheme.size());
    if (rest.starts_with("localhost/")) {
        rest.remove_prefix(9);
    }
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '%' && i + 2 < rest.size()) {
            const auto digit = [&](char c) {
                return hex_digit(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
            };
            const int value = digit(rest[i + 1]) < 0 || digit(rest[i + 2]) < 0
                                  ? 0
                                  : digit(rest[i + 1]) * 16 + digit(rest[i + 2]);
            if (value == 0) {
                throw Error(ErrorKind::usage, fmt::format("malformed URL '{}'", printable(url)));
            }
            path += static_cast<char>(value);
            i += 2;
        } else {
            path += rest[i];
        }
    }
    if (!path.starts_with('/')) {
        throw Error(ErrorKind::usage, fmt::format("'{}' names no folder of this machine", printable(url)),
                    "write file:///absolute/path, or just the path");
    }
    return absolute_path(path);
}

[[noreturn]] void unknown_kind(const std::string& url) {
    throw Error(ErrorKind::usage, fmt::format("'{}' is no registry URL of a known kind", printable(url)),
                "a registry is a folder (its path or file:///path) or a bucket (https://HOST/BUCKET)");
}

/// Anybody who sees a URL would see them. @throws Error(usage), without the secret in it
void refuse_credentials(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos || url.starts_with("file://")) {
        return;
    }
    const auto authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
    if (authority.find('@') != std::string::npos || url.find_first_of("?#") != std::string::npos) {
        throw Error(ErrorKind::usage, "a registry URL has no credentials, parameters or fragment in it",
                    "write https://HOST/BUCKET; dsctl help credentials says where keys belong");
    }
}

/// A folder that is not there is not made: its disk may only not be mounted. @throws Error(not_found)
Buckets open_folder(const std::string& folder, const std::string& alias) {
    try {
        return open_folder_buckets(folder);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        throw Error(ErrorKind::not_found, error.message(),
                    fmt::format("mount its disk if it has one; to make a new registry there: dsctl registry "
                                "init {} {}",
                                alias.empty() ? "NAME" : alias, printable(folder)));
    }
}

} // namespace

Buckets open_buckets(const std::string& url, const BucketSettings& settings) {
    refuse_credentials(url);
    if (const auto folder = folder_of_url(url)) {
        return open_folder(*folder, settings.alias);
    }
    if (is_s3_url(url)) {
        return open_s3_buckets(url, settings);
    }
    unknown_kind(url);
}

Buckets create_buckets(const std::string& url, const BucketSettings& settings, WithLocks locks) {
    refuse_credentials(url);
    if (const auto folder = folder_of_url(url)) {
        return create_folder_buckets(*folder);
    }
    if (is_s3_url(url)) {
        return create_s3_buckets(url, settings, locks);
    }
    unknown_kind(url);
}

std::string canonical_url(const std::string& url) {
    refuse_credentials(url);
    if (url.find("://") == std::string::npos && !url.empty()) {
        return absolute_path(url);
    }
    if (folder_of_url(url)) {
        return url;
    }
    if (is_s3_url(url)) {
        check_s3_url(url);
        return url;
    }
    unknown_kind(url);
}

} // namespace ds
