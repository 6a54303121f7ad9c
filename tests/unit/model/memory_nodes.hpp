// A node store in memory that counts, for tests of the tree.
#pragma once

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "model/node_store.hpp"

#include <cstddef>
#include <memory>
#include <unordered_map>

namespace ds_test {

class MemoryNodes final : public ds::NodeSource, public ds::NodeSink {
  public:
    std::shared_ptr<const ds::ByteString> load_node(const ds::Sha256& id) override {
        ++loads;
        const auto found = nodes_.find(id);
        if (found == nodes_.end()) {
            throw ds::Error(ds::ErrorKind::not_found, "no tree node " + id.short_hex());
        }
        return found->second;
    }
    void save_node(const ds::Sha256& id, ds::ByteView bytes) override {
        ++saves;
        if (checks && ds::sha256(bytes) != id) {
            throw ds::Error(ds::ErrorKind::failure, "saved under a wrong name");
        }
        nodes_.try_emplace(id, std::make_shared<const ds::ByteString>(bytes));
    }
    /// Stores bytes under their own hash.
    ds::Sha256 add(ds::ByteView bytes) {
        const ds::Sha256 id = ds::sha256(bytes);
        save_node(id, bytes);
        return id;
    }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

    std::size_t loads = 0;
    std::size_t saves = 0;
    bool checks = true; ///< whether names are verified

  private:
    std::unordered_map<ds::Sha256, std::shared_ptr<const ds::ByteString>> nodes_;
};

} // namespace ds_test
