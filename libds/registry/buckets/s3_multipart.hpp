// Objects that are put in parts: nothing appears before all of them are there. Uploads that were begun and not ended fill
// a bucket unseen, so each is noted while it lasts:
//
//   <notes>/upload-<24 hex>      locked by whoever sends (os/live_file.hpp)
//   note := "dsctl-upload 1" LF endpoint LF path LF id LF ["completing" LF]     path and id percent-encoded
//
// The id comes with the server's reply: an upload whose beginning was not answered is nobody's, and is left to the bucket's
// own rules (AbortIncompleteMultipartUpload).
#pragma once

#include "registry/buckets/s3_client.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ds::s3 {

struct PartedPut {
    std::string bucket;
    std::string key;                                          ///< without the place's prefix
    std::vector<std::pair<std::string, std::string>> headers; ///< of the object
    std::uint64_t parts = 0;                                  ///< 1 to 10,000; all but the last 5 MiB or more
    std::function<ByteString(std::uint64_t)> part;            ///< the i-th, from 0; called in order
    std::string doing;                                        ///< "cannot write …"
};

/// How large parts are to be. @throws Error(failure) when they would be too many
/// @param most of one request; 0: any number
[[nodiscard]] std::uint64_t part_size(std::uint64_t object, std::uint64_t most, const std::string& doing);

/// @returns the reply that ended it. @throws Error; what was begun is abandoned then, unless it may have been ended
HttpResponse put_in_parts(Client& client, const PartedPut& put);

/// Ends what killed processes of this user began in a bucket and noted on this machine. What is refused stays noted.
void abandon_dead_uploads(Client& client, const std::string& bucket);

} // namespace ds::s3
