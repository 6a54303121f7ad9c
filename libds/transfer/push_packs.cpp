// Assembling and uploading packs. Buffers are reused: touching fresh pages costs as much as copying into
// them.
#include "transfer/push_packs.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {
constexpr unsigned uploads_at_once = 2;
constexpr std::size_t spare_buffers = 2;
} // namespace

PackNumber PackBook::intern(const PackRef& pack) {
    const auto [at, fresh] = numbers_.emplace(pack, static_cast<PackNumber>(packs_.size()));
    if (fresh) {
        packs_.push_back({pack, true});
    }
    return at->second;
}

PackNumber PackBook::open() {
    packs_.emplace_back();
    return static_cast<PackNumber>(packs_.size() - 1);
}

void PackBook::acknowledge(PackNumber number, const PackRef& pack) {
    packs_[number] = {pack, true};
    numbers_.emplace(pack, number);
}

PackAssembly::PackAssembly(PackNumber number, ByteString buffer)
    : number_(number), bytes_(std::move(buffer)) {
    bytes_.assign(pack_magic);
}

std::uint32_t PackAssembly::append(ByteView frame, std::vector<FooterEntry> entries) {
    const auto offset = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(frame);
    for (FooterEntry& entry : entries) {
        entry.frame_offset = offset;
        entries_.push_back(entry);
    }
    return offset;
}

PackUploads::PackUploads(Registry& target, std::string ns, std::size_t pack_bytes, PackBook& book,
                         Context& context, std::function<void(const AckedPack&)> acknowledged)
    : target_(target), ns_(std::move(ns)), pack_bytes_(pack_bytes), book_(book), context_(context),
      acknowledged_(std::move(acknowledged)) {
    if (context.jobs > 1) {
        workers_ =
            std::make_unique<Workers>(uploads_at_once, uploads_at_once,
                                      [this](std::unique_ptr<PackAssembly> pack) { return upload(pack); });
    }
}

std::unique_ptr<PackAssembly> PackUploads::begin() {
    ByteString buffer;
    if (!spare_.empty()) {
        buffer = std::move(spare_.back());
        spare_.pop_back();
    }
    return std::make_unique<PackAssembly>(book_.open(), std::move(buffer));
}

PackAssembly& PackUploads::room(std::unique_ptr<PackAssembly>& open, std::size_t bytes) {
    if (open && !open->empty() &&
        (open->entries().size() >= upload_pack_objects || open->size() + bytes > pack_bytes_)) {
        send(std::move(open));
    }
    if (!open) {
        open = begin();
    }
    return *open;
}

PackUploads::Sent PackUploads::upload(std::unique_ptr<PackAssembly>& pack) {
    Sent out;
    PackFooter footer = make_footer(std::move(pack->entries()));
    ByteString& bytes = pack->bytes();
    bytes += footer.bytes;
    out.pack.number = pack->number();
    out.pack.size = bytes.size();
    out.pack.ref = target_.put_pack(ns_, footer.name, MemoryBody(bytes));
    if (out.pack.ref.name != footer.name) {
        throw Error(ErrorKind::failure, fmt::format("registry '{}' stored pack {} under another name",
                                                    target_.alias(), footer.name.short_hex()));
    }
    out.pack.entries = std::move(footer.entries);
    out.buffer = std::move(bytes);
    return out;
}

void PackUploads::take() {
    context_.check_stop();
    acknowledge(workers_->take());
}

void PackUploads::acknowledge(Sent sent) {
    if (spare_.size() < spare_buffers) {
        spare_.push_back(std::move(sent.buffer));
    }
    book_.acknowledge(sent.pack.number, sent.pack.ref);
    acknowledged_(sent.pack);
}

void PackUploads::send(std::unique_ptr<PackAssembly> pack) {
    if (!workers_) {
        context_.check_stop();
        acknowledge(upload(pack));
        return;
    }
    while (workers_->full()) {
        take();
    }
    workers_->submit(std::move(pack));
}

void PackUploads::wait_for(PackNumber number) {
    while (!book_.known(number) && workers_ && !workers_->empty()) {
        take();
    }
    if (!book_.known(number)) {
        throw Error(ErrorKind::failure, "a pack that was never sent was waited for");
    }
}

void PackUploads::drain() {
    while (workers_ && !workers_->empty()) {
        take();
    }
}

} // namespace ds
