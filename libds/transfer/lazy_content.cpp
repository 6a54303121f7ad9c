// Reads that do not care where content lies: here if it is here, else wherever a registry has it.
#include "transfer/fetch.hpp"

#include "base/path.hpp"

#include <fmt/format.h>
#include <optional>

namespace ds {

namespace {

/// Asks one source after the other until one has handed out everything. A source that fails before its
/// first byte is passed over; the most telling of the failures is thrown when none is left.
template <class Ask>
void ask_remotes(const std::vector<std::shared_ptr<RegistryVersion>>& remotes, std::string_view path,
                 const std::function<void(ByteView)>& sink, const Ask& ask) {
    std::optional<Error> failure;
    for (const auto& remote : remotes) {
        bool handed_out = false;
        const auto watched = [&](ByteView bytes) {
            handed_out = true;
            sink(bytes);
        };
        try {
            ask(*remote, watched);
            return;
        } catch (const CorruptObject& error) {
            if (handed_out) {
                throw;
            }
            if (!failure || failure->kind() == ErrorKind::not_found) {
                failure = error;
            }
        } catch (const Error& error) {
            if (handed_out || error.kind() == ErrorKind::interrupted) {
                throw;
            }
            if (!failure) {
                failure = error;
            }
        }
    }
    if (failure && failure->kind() == ErrorKind::corrupt) {
        throw CorruptObject(failure->message(), failure->hint());
    }
    if (failure && failure->kind() != ErrorKind::not_found) {
        throw *failure;
    }
    throw Error(
        ErrorKind::not_found,
        fmt::format("the content of '{}' is neither held here nor in a registry this repository knows",
                    printable(path)),
        "dsctl fetch");
}

} // namespace

LazyContent::LazyContent(ObjectStore& local, std::vector<std::shared_ptr<RegistryVersion>> remotes)
    : local_(local), remotes_(std::move(remotes)) {}

/// The local store knows best what became of content that it once had: it has the last word.
template <class Ask>
void LazyContent::ask(std::string_view path, const Entry& entry, const std::function<void(ByteView)>& sink,
                      const Ask& ask) {
    if (entry.size == 0 || local_.has_content(entry)) {
        ask(local_, sink);
        return;
    }
    try {
        ask_remotes(remotes_, path, sink, ask);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found || !local_.has(ObjectKind::recipe, entry.hash)) {
            throw;
        }
        ask(local_, sink); // it was whole after all
    }
}

void LazyContent::stream(std::string_view path, const Entry& entry,
                         const std::function<void(ByteView)>& sink) {
    ask(path, entry, sink,
        [&](ContentSource& source, const auto& watched) { source.stream(path, entry, watched); });
}

void LazyContent::stream_whole(std::string_view path, const Entry& entry,
                               const std::function<void(ByteView)>& sink) {
    ask(path, entry, sink,
        [&](ContentSource& source, const auto& watched) { source.stream_whole(path, entry, watched); });
}

void LazyContent::stream_range(std::string_view path, const Entry& entry, std::uint64_t offset,
                               std::uint64_t length, const std::function<void(ByteView)>& sink) {
    ask(path, entry, sink, [&](ContentSource& source, const auto& watched) {
        source.stream_range(path, entry, offset, length, watched);
    });
}

ContentSource::Prepared LazyContent::prepare(std::span<const Wanted> next) {
    if (remotes_.size() != 1) { // another may stand in for the first, which is told when each is asked for
        return nullptr;
    }
    std::vector<Wanted> far;
    for (const Wanted& wanted : next) {
        if (wanted.entry.size > 0 && !local_.has_content(wanted.entry)) {
            far.push_back(wanted);
        }
    }
    return remotes_.front()->prepare(far);
}

} // namespace ds
