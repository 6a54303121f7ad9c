// Samples as they lie in a registry: `<ns>/samples/<hex>` in the data bucket, named by the SHA-256 of their bytes, put
// once and never changed. Nothing names them: they are found by listing. What they hold is in model/sample.hpp.
#pragma once

#include "model/sample.hpp"
#include "registry/registry.hpp"

#include <set>
#include <string>
#include <vector>

namespace ds {

/// One version of a sample object.
struct StoredSample {
    Sha256 name;
    std::string version_id;
    std::uint64_t size = 0;
    std::int64_t modified = 0; ///< by the storage's clock (unix seconds); 0: not known
};

[[nodiscard]] std::string sample_key(const std::string& ns, const Sha256& name);
/// The newest first, of one second the largest (it may replace the others), out of the first `most` that the listing gives; a name put twice is there twice.
[[nodiscard]] std::vector<StoredSample> list_samples(Registry& registry, const std::string& ns,
                                                     std::size_t most);
/// Sorts its entries. @param there names that need not be put again
/// @returns its name. @throws Error(failure) when it is too large
Sha256 put_sample(Registry& registry, const std::string& ns, Sample& sample,
                  const std::set<Sha256>& there = {});
/// The whole, checked against its name. @throws CorruptObject, Error(not_found)
[[nodiscard]] Sample read_sample(Registry& registry, const std::string& ns, const StoredSample& stored);

} // namespace ds
