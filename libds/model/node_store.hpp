// Where tree nodes come from and go to. The store implements both; tests use memory.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

#include <memory>

namespace ds {

/// Loads node bytes by name. Implementations verify the SHA-256 before they return. Thread-safe.
class NodeSource {
  public:
    virtual ~NodeSource() = default;
    /// @throws Error(not_found) when absent, CorruptObject when the bytes are wrong
    [[nodiscard]] virtual std::shared_ptr<const ByteString> load_node(const Sha256& id) = 0;
};

/// Takes new nodes. The caller has computed the name.
class NodeSink {
  public:
    virtual ~NodeSink() = default;
    virtual void save_node(const Sha256& id, ByteView bytes) = 0;
};

} // namespace ds
