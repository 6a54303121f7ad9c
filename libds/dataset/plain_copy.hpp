// publish --plain: a plain copy of a published version in its registry.
#pragma once

#include "dataset/share.hpp"
#include "release/plain_copy.hpp"

namespace ds {

struct PlainCopyResult {
    std::string prefix; ///< of its keys in the data bucket
    PlainStats stats;
};
/// @param repository where its content may be had without asking the registry; may be null
/// @throws Error saying that the version is published, but the copy not whole
[[nodiscard]] PlainCopyResult make_plain_copy(Session& session, const PublishResult& published,
                                              Repository* repository);

} // namespace ds
