// Versions put into a registry by hand, so that tests decide what lies in which pack.
#pragma once

#include "model/layout.hpp"
#include "model/manifest.hpp"
#include "registry/registry.hpp"

#include <map>
#include <memory>
#include <string>

namespace ds_test {

struct BuiltVersion {
    ds::VersionRoots roots;
    ds::Manifest manifest;
    ds::PackRef content_pack, meta_pack, history_pack; ///< of this build; zero where nothing was new
};

/// Uploads versions of one namespace; what an earlier build has sent is referred to, not sent again.
class VersionBuilder {
  public:
    VersionBuilder(ds::Registry& registry, std::string ns);
    ~VersionBuilder();
    /// @param files path -> content; contents over 64 bytes are cut into chunks of 64
    BuiltVersion build(const std::map<std::string, std::string>& files);
    /// Forgets what was sent.
    void forget();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `n` small files in several folders; `salt` gives the first ones another content.
[[nodiscard]] std::map<std::string, std::string> many_files(std::size_t n, const std::string& salt = "");

} // namespace ds_test
