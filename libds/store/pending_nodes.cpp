// Keeping the newest nodes, reading older ones back.
#include "store/pending_nodes.hpp"

#include "base/error.hpp"
#include "os/fd.hpp"

#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::size_t max_bytes = 16u << 20;
}

void PendingNodes::add(const Sha256& id, ByteView bytes) {
    std::lock_guard lock(mutex_);
    Node& node = nodes_[id];
    if (node.bytes) {
        return;
    }
    node.bytes = std::make_shared<const ByteString>(bytes);
    bytes_ += bytes.size();
    recent_.push_back(id);
    forget_old();
}

void PendingNodes::forget_old() {
    while (bytes_ > max_bytes && !recent_.empty()) {
        Node& oldest = nodes_[recent_.front()];
        if (oldest.pack == 0) {
            return; // not written yet; frames are far smaller than what is kept here
        }
        bytes_ -= oldest.bytes->size();
        oldest.bytes.reset();
        recent_.pop_front();
    }
}

void PendingNodes::placed(const std::string& pack_path, std::uint32_t frame_offset,
                          std::uint64_t frame_length, const std::vector<FooterEntry>& entries) {
    std::lock_guard lock(mutex_);
    if (packs_.empty() || packs_.back() != pack_path) {
        packs_.push_back(pack_path);
    }
    for (const FooterEntry& e : entries) {
        Node& node = nodes_[e.hash];
        node.pack = static_cast<std::uint32_t>(packs_.size());
        node.frame_offset = frame_offset;
        node.frame_length = static_cast<std::uint32_t>(frame_length);
        node.inner_offset = e.inner_offset;
        node.length = e.length;
    }
    forget_old();
}

std::shared_ptr<const ByteString> PendingNodes::find(const Sha256& id) {
    Node node;
    std::string path;
    {
        std::lock_guard lock(mutex_);
        const auto at = nodes_.find(id);
        if (at == nodes_.end()) {
            return nullptr;
        }
        if (at->second.bytes) {
            return at->second.bytes;
        }
        node = at->second;
        path = packs_[node.pack - 1];
    }
    const Fd fd = open_read(path);
    ByteString frame(node.frame_length, '\0');
    if (pread_full(fd.get(), frame.data(), frame.size(), node.frame_offset, path) != frame.size()) {
        throw CorruptObject(fmt::format("a pack being written is cut off: '{}'", path));
    }
    return std::make_shared<const ByteString>(read_object_from_frame(
        frame, node.inner_offset, node.length, ObjectKind::tree, id, "a pack being written"));
}

void PendingNodes::clear() {
    std::lock_guard lock(mutex_);
    nodes_.clear();
    recent_.clear();
    packs_.clear();
    bytes_ = 0;
}

} // namespace ds
