// What an export of a card says of the version, beside the card.
#pragma once

#include "base/names.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ds {

/// A version as the world outside is told of it. Value type.
struct VersionFacts {
    std::string registry;     ///< the alias here
    std::string registry_url; ///< as configured: a path or a URL
    DatasetName dataset{"a", "a"};
    std::string version;
    bool published = false;
    std::optional<Sha256> digest; ///< published only
    std::string commit;           ///< 40 hex digits; may be empty
    std::uint64_t files = 0;      ///< with links, without empty folders
    std::uint64_t bytes = 0;
    std::int64_t time = 0; ///< of publication, or of the last change; unix seconds
    std::string author;
    std::string message;
    /// The version it inherits from, if that is known.
    struct From {
        DatasetName dataset{"a", "a"};
        std::string version;
    };
    std::optional<From> from;
};

/// The registry as a URI: https://HOST/BUCKET, or file:///PATH.
[[nodiscard]] std::string registry_uri(const std::string& registry_url);
/// One URI for one version, with its digest when it has one: "dsctl+" REGISTRY "#" NS "/" NAME ":" VERSION ["@" DIGEST].
[[nodiscard]] std::string version_uri(const VersionFacts& facts);
/// The digest in 32 characters, for trackers that allow few (MLflow: 36): its first 32 hex digits, which are 128 bits. Empty
/// without a digest.
[[nodiscard]] std::string short_digest(const std::optional<Sha256>& digest);
/// A UUID that is the same for the same text: the first 128 bits of its SHA-256, marked as version 8 (RFC 9562).
[[nodiscard]] std::string uuid_of(std::string_view text);

/// A file for a listing.
struct FileFacts {
    std::string path;
    std::uint64_t size = 0;
    Sha256 hash;
};
/// Calls its argument with every file of a version, in order of paths; may be asked several times.
using EachFile = std::function<void(const std::function<void(const FileFacts&)>&)>;

} // namespace ds
