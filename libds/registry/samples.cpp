// Listing, putting and reading samples.
#include "registry/samples.hpp"

#include "codec/hash.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace ds {

std::string sample_key(const std::string& ns, const Sha256& name) {
    return ns + "/samples/" + name.hex();
}

std::vector<StoredSample> list_samples(Registry& registry, const std::string& ns, std::size_t most) {
    std::vector<StoredSample> found;
    const auto prefix = ns + "/samples/";
    registry.data().list_versions(prefix, [&](const DataBucket::Version& version) {
        const auto name = Sha256::from_hex(std::string_view(version.key).substr(prefix.size()));
        if (name && version.size <= max_sample_bytes) { // a dataset may be called "samples"
            found.push_back({*name, version.version_id, version.size, version.modified});
        }
        return found.size() < most;
    });
    std::sort(found.begin(), found.end(), [](const StoredSample& a, const StoredSample& b) {
        return std::tie(b.modified, b.size, a.name, a.version_id) <
               std::tie(a.modified, a.size, b.name, b.version_id);
    });
    return found;
}

Sha256 put_sample(Registry& registry, const std::string& ns, Sample& sample, const std::set<Sha256>& there) {
    const ByteString bytes = sample.serialise();
    const Sha256 name = sha256(bytes);
    if (!there.contains(name)) {
        (void)registry.data().put(sample_key(ns, name), MemoryBody(bytes), std::nullopt);
    }
    return name;
}

Sample read_sample(Registry& registry, const std::string& ns, const StoredSample& stored) {
    ByteString bytes;
    registry.data().get(sample_key(ns, stored.name), stored.version_id, 0, stored.size, bytes);
    const auto what = fmt::format("sample {}", stored.name.short_hex());
    if (sha256(bytes) != stored.name) {
        throw CorruptObject(what + " differs from its hash");
    }
    return Sample::parse(bytes, what);
}

} // namespace ds
