// Objects below a prefix as entries: small ones are fetched side by side, large ones in ranges that are read ahead.
#include "base/path.hpp"
#include "dataset/import.hpp"
#include "registry/plain_objects.hpp"
#include "task/ordered.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t at_once = 8u << 20; ///< bytes of one request
constexpr unsigned requests = 8;

struct Wanted {
    std::string key;
    std::uint64_t size = 0;
};
struct Fetched {
    std::string key;
    std::uint64_t size = 0;
    PlainObjects::About about;
    ByteString bytes; ///< all of it, or of a large object nothing
};

class ObjectIntake {
  public:
    ObjectIntake(Intake& intake, const std::string& url, Context& context)
        : intake_(intake), context_(context), objects_(url, requests, context),
          fetch_(requests, 2 * requests, [this](Wanted wanted) { return fetch(std::move(wanted)); }) {}

    void run() {
        bool any = false;
        objects_.list([&](const std::string& key, std::uint64_t size) {
            context_.check_stop();
            any = true;
            if (key.ends_with('/')) {
                folder(key, size);
            } else if (!intake_.reads_content()) {
                intake_.file(key, EntryKind::file, size, {});
            } else {
                while (fetch_.full()) {
                    settle();
                }
                fetch_.submit({key, size});
            }
            return true;
        });
        while (!fetch_.empty()) {
            settle();
        }
        if (!any) {
            throw Error(ErrorKind::not_found,
                        fmt::format("there is nothing below {}", printable(objects_.name())),
                        "check the prefix: it ends where the dataset's paths begin");
        }
    }

  private:
    void folder(const std::string& key, std::uint64_t size) {
        const auto path = key.substr(0, key.size() - 1);
        if (size > 0) {
            intake_.skip(path, "its key ends in '/', but it has content");
        } else {
            intake_.folder(path);
        }
    }
    Fetched fetch(Wanted wanted) {
        Fetched out{std::move(wanted.key), wanted.size, {}, {}};
        if (out.size == 0 || out.size > at_once) {
            auto about = objects_.look(out.key);
            if (!about || about->size != out.size) {
                throw Error(ErrorKind::conflict,
                            fmt::format("'{}' below {} changed while it was read", printable(out.key),
                                        objects_.name()),
                            "run the same command again");
            }
            out.about = std::move(*about);
        } else {
            out.about = objects_.read(out.key, 0, out.size, "", out.bytes);
        }
        return out;
    }
    void settle() {
        const auto object = fetch_.take();
        Entry entry;
        if (object.size <= at_once) {
            std::size_t at = 0;
            entry = intake_.file(object.key, object.about.kind, object.size, [&](char* to, std::size_t n) {
                n = std::min(n, object.bytes.size() - at);
                object.bytes.copy(to, n, at);
                at += n;
                return n;
            });
        } else {
            entry = take_large(object);
        }
        if (object.about.sha256 && !entry.hash.is_zero() && *object.about.sha256 != entry.hash) {
            throw CorruptObject(
                fmt::format("'{}' below {} does not match the sha256 it bears (expected {}, got {})",
                            printable(object.key), objects_.name(), object.about.sha256->short_hex(),
                            entry.hash.short_hex()));
        }
        context_.progress.advance(1, 0);
    }
    Entry take_large(const Fetched& object) {
        OrderedMap<std::uint64_t, ByteString> ranges(2, 3, [&](std::uint64_t offset) {
            ByteString bytes;
            (void)objects_.read(object.key, offset, std::min(at_once, object.size - offset),
                                object.about.etag, bytes);
            return bytes;
        });
        std::uint64_t asked = 0;
        ByteString bytes;
        std::size_t at = 0;
        return intake_.file(object.key, object.about.kind, object.size, [&](char* to, std::size_t n) {
            while (asked < object.size && !ranges.full()) {
                ranges.submit(asked);
                asked += std::min(at_once, object.size - asked);
            }
            if (at == bytes.size() && !ranges.empty()) {
                bytes = ranges.take();
                at = 0;
            }
            n = std::min(n, bytes.size() - at);
            bytes.copy(to, n, at);
            at += n;
            return n;
        });
    }

    Intake& intake_;
    Context& context_;
    PlainObjects objects_;
    OrderedMap<Wanted, Fetched> fetch_;
};

} // namespace

void take_objects(Intake& intake, const std::string& url, Context& context) {
    ObjectIntake(intake, url, context).run();
}

} // namespace ds
