// Listings: page by page, and believed only as far as they can be checked.
//
// No token of the server's is followed: each page is asked for from behind the last key (and version) seen, and must
// bring something new. Keys must start with the prefix and rise; ids of one key must differ.
#pragma once

#include "registry/buckets/s3_client.hpp"

#include <functional>
#include <string>

namespace ds::s3 {

/// Keys below a prefix with their sizes, as list_keys() gives them; with `after` those behind it only. @throws Error
void list_objects(Client& client, const std::string& bucket, const std::string& prefix,
                  const std::function<bool(const std::string&, std::uint64_t size)>& visit,
                  const std::string& after = {});

/// Keys of a bucket that start with `prefix`, without the registry's own prefix, in byte order.
void list_keys(Client& client, const std::string& bucket, const std::string& prefix,
               const std::function<bool(const std::string&)>& visit, const std::string& after = {});

/// Versions of the data bucket below `prefix`: by key, oldest first within a key. The server gives them newest first, and
/// their order in its list is all that counts (two may have the same time). Delete markers are left out.
void list_versions(Client& client, const std::string& prefix,
                   const std::function<bool(const DataBucket::Version&)>& visit);

} // namespace ds::s3
