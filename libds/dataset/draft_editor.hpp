// The inside of edit_draft(): collected edits, the tree they make, content on its way. Internal to this module.
#pragma once

#include "chunk/chunker.hpp"
#include "dataset/remote_edit.hpp"
#include "store/object_store.hpp"
#include "transfer/staged_content.hpp"
#include "transfer/version_source.hpp"

#include <map>

namespace ds {

/// Tree nodes from several places: a session's own first, then versions in a registry.
class LayeredNodes final : public NodeSource {
  public:
    LayeredNodes(ObjectStore& store, StoreWriter& writer) : own_(store, writer) {}
    void add(NodeSource& nodes) { below_.insert(below_.begin(), &nodes); }
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override;

  private:
    SessionNodes own_;
    std::vector<NodeSource*> below_;
};

class EditSession final : public DraftEditor {
  public:
    /// @param base of the draft; null: it is empty
    EditSession(Registry& registry, const std::string& ns, const std::string& dir, Context& context,
                RegistryVersion* base, const std::string& name);
    ~EditSession() override;

    const TreeInfo& base() const override { return base_; }
    NodeSource& nodes() override { return nodes_; }
    void put(const std::string& path, const Entry& entry) override;
    void remove(const std::string& path) override;
    Entry add_content(const std::string& path, EntryKind kind, std::uint64_t size,
                      const std::function<std::size_t(char*, std::size_t)>& read) override;
    Entry add_bytes(const std::string& path, EntryKind kind, ByteView bytes) override;
    std::optional<Entry> find(const std::string& path) override;
    bool put_before(const std::string& path) override;

    /// Applies what is left, sends what is open. @returns the tree that came of it
    TreeInfo finish();

    [[nodiscard]] LayeredNodes& layers() noexcept { return nodes_; }
    [[nodiscard]] StoreWriter& sink() noexcept { return *writer_; }
    [[nodiscard]] ObjectStore& store() noexcept { return *store_; }
    [[nodiscard]] StagedContent& staged() noexcept { return staged_; }

  private:
    void edited();
    void apply();
    [[nodiscard]] bool has_already(const std::string& path, const Entry& entry);

    Context& context_;
    std::string name_;
    StoreParams params_;
    Chunker chunker_;
    std::unique_ptr<ObjectStore> store_;
    std::unique_ptr<StoreWriter> writer_;
    LayeredNodes nodes_;
    StagedContent staged_;
    TreeInfo base_;
    TreeInfo tree_; ///< with the batches applied so far
    std::map<std::string, std::optional<Entry>> edits_;
    std::size_t edit_bytes_ = 0;
    ByteString buffer_;
};

} // namespace ds
