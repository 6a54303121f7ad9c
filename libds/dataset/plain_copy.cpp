#include "dataset/plain_copy.hpp"

#include "dataset/scratch_slot.hpp"

#include <fmt/format.h>

namespace ds {

PlainCopyResult make_plain_copy(Session& session, const PublishResult& published, Repository* repository) {
    auto& registry = session.registry(published.registry);
    const auto record = registry.record(published.dataset, published.version);
    if (!record) {
        throw Error(ErrorKind::not_found, fmt::format("{}:{} is not published in {}", published.dataset.str(),
                                                      published.version, published.registry));
    }
    const auto& roots = record->record.roots;
    RegistryVersion remote(registry, published.dataset.ns(), roots,
                           repository != nullptr ? &repository->store() : nullptr);
    const auto local = repository != nullptr ? repository->content(roots.tree.root) : nullptr;
    const ScratchSlot slot(
        "plain", fmt::format("{}\n{}:{}", registry.url(), published.dataset.str(), published.version));
    for (const auto& name : list_dir(slot.path())) {
        if (name.ends_with(plain_scratch_suffix)) { // of a killed one
            remove_file(slot.path() + "/" + name);
        }
    }
    PlainCopyResult result;
    result.prefix = plain_prefix(published.dataset, published.version);
    const ProgressScope progress(session.context().progress, "copying", roots.tree.entries, roots.tree.bytes);
    try {
        check_plain(remote, roots.tree.root, published.dataset, published.version);
        result.stats = write_plain({registry, published.dataset, published.version, remote, roots.tree.root,
                                    local ? *local : static_cast<ContentSource&>(remote),
                                    registry.pack_lock(session.now()), slot.path()},
                                   session.context());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        throw Error(error.kind(),
                    fmt::format("{}:{} is published, but its plain copy is not whole: {}",
                                published.dataset.str(), published.version, error.message()),
                    error.hint().empty() ? "run the same command again" : error.hint());
    }
    return result;
}

} // namespace ds
