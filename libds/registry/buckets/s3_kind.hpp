// The two buckets of the S3 kind, as their factories.
#pragma once

#include "registry/buckets/s3_client.hpp"

#include <memory>
#include <vector>

namespace ds::s3 {

[[nodiscard]] std::unique_ptr<ControlBucket> make_control(std::shared_ptr<Client> client);
[[nodiscard]] std::unique_ptr<DataBucket> make_data(std::shared_ptr<Client> client);
/// What is to be known about the service and the buckets beside the promises of bucket.hpp.
[[nodiscard]] std::vector<CheckLine> check(const std::shared_ptr<Client>& client);

/// How a conditional PUT names the etag it wants.
enum class EtagForm { bare, quoted };
/// One conditional PUT, as it is. @returns its response
[[nodiscard]] HttpResponse put_if_match(Client& client, const std::string& key, ByteView body,
                                        const std::string& etag, EtagForm form);

} // namespace ds::s3
