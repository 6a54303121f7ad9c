// `registry check`: tries out each thing the protocol relies upon instead of believing what a bucket claims.
//
// Everything happens below ".check/": one small control object per run stays (nothing is deleted there),
// data versions are removed again, at the latest by the next run once their short lock is over.
#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/registry.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::int64_t probe_lock_seconds = 60;
constexpr std::size_t max_leftovers = 1000;

using Status = CheckLine::Status;

/// Collects lines; a probe that throws is a bad line, and the others still run. One that these keys may not make is no
/// judgement: neither are those behind it in its group, which stand upon what it would have written.
class Probes {
  public:
    /// Probes from here on stand upon each other, and not upon those before.
    void begin_group() { not_granted_.clear(); }
    void run(const std::string& what, const std::string& remedy, const std::function<bool()>& probe) {
        if (refused_) {
            return; // said once
        }
        if (!not_granted_.empty()) {
            lines_.push_back({Status::denied, what, "stands upon what could not be tried: " + not_granted_});
            return;
        }
        try {
            const bool good = probe();
            lines_.push_back({good ? Status::ok : Status::bad, what, good ? "" : remedy});
        } catch (const NotGranted& e) {
            not_granted_ = what;
            lines_.push_back({Status::denied, what, e.message()});
        } catch (const Error& e) {
            if (e.kind() == ErrorKind::interrupted) {
                throw;
            }
            refused_ = e.kind() == ErrorKind::auth;
            lines_.push_back({Status::bad, fmt::format("{}: {}", what, e.message()),
                              e.hint().empty() ? remedy : e.hint(), refused_});
        }
    }
    void add(CheckLine line) { lines_.push_back(std::move(line)); }
    [[nodiscard]] bool all_ok() const {
        return std::all_of(lines_.begin(), lines_.end(),
                           [](const auto& line) { return line.status != Status::bad; });
    }
    /// Whether the last one was made.
    [[nodiscard]] bool last_made() const { return not_granted_.empty(); }
    std::vector<CheckLine> take() { return std::move(lines_); }

  private:
    std::vector<CheckLine> lines_;
    bool refused_ = false;    ///< the keys are no good at all
    std::string not_granted_; ///< the first probe of the group that these keys may not make
};

/// Whether the call fails with this kind of error.
bool fails(ErrorKind kind, const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& e) {
        if (e.kind() == kind) {
            return true;
        }
        throw;
    }
    return false;
}

void remove_leftovers(DataBucket& data) {
    std::vector<DataBucket::Version> old;
    data.list_versions(std::string(check_prefix), [&](const DataBucket::Version& version) {
        old.push_back(version);
        return old.size() < max_leftovers;
    });
    for (const auto& version : old) {
        try {
            data.remove(version.key, version.version_id);
        } catch (const Error&) {
            continue; // its lock holds still; a later run removes it
        }
    }
}

void probe_control(Probes& probes, ControlBucket& control, const std::string& prefix) {
    using Put = ControlBucket::Put;
    const auto key = prefix + "control";
    const std::string broken = "this storage cannot keep heads: updates could be lost; use another one";
    probes.run("an object is created if it is absent", broken,
               [&] { return control.put_if_absent(key, "one") == Put::done; });
    probes.run("an object that is there is not created again", broken,
               [&] { return control.put_if_absent(key, "two") == Put::refused; });
    probes.run("what was written is read at once", broken, [&] {
        const auto object = control.get(key);
        return object && object->body == "one";
    });
    probes.run("a change with the right etag is taken", broken, [&] {
        const auto object = control.get(key);
        return object && control.put_if_match(key, "three", object->etag) == Put::done &&
               control.get(key).value_or(ControlBucket::Object{}).body == "three";
    });
    probes.run("a change with a stale etag is refused", broken, [&] {
        const auto before = control.get(key);
        if (!before || control.put_if_match(key, "four", before->etag) != Put::done) {
            return false;
        }
        return control.put_if_match(key, "five", before->etag) == Put::refused &&
               control.get(key).value_or(ControlBucket::Object{}).body == "four";
    });
    probes.run("a change of an absent object is refused", broken, [&] {
        const auto object = control.get(key);
        return object && control.put_if_match(prefix + "absent", "x", object->etag) == Put::refused &&
               !control.get(prefix + "absent");
    });
    probes.run("a new object is listed at once, in order", broken, [&] {
        std::vector<std::string> keys;
        control.list(prefix, [&](const std::string& found) {
            keys.push_back(found);
            return true;
        });
        return keys == std::vector<std::string>{key};
    });
}

void probe_data(Probes& probes, DataBucket& data, const std::string& prefix) {
    const auto key = prefix + "data";
    const std::string broken = "this storage cannot keep versions; use another one";
    std::vector<std::string> ids;
    probes.run("a second put adds a version and replaces nothing", broken, [&] {
        for (const std::string body : {"first", "second", "third"}) {
            ids.push_back(data.put(key, MemoryBody(body), std::nullopt));
        }
        ByteString got;
        data.get(key, ids[0], 0, 5, got);
        return got == "first";
    });
    probes.run("versions are listed oldest first", broken, [&] {
        std::vector<std::string> listed;
        for (const auto& version : data.versions(key)) {
            listed.push_back(version.version_id);
        }
        return listed == ids;
    });
    probes.run("parts of an object can be read", broken, [&] {
        ByteString got;
        data.get(key, ids.at(1), 2, 3, got);
        return got == "con" && data.size(key, ids.at(1)) == 6U;
    });
    probes.run("an absent version is not found", broken, [&] {
        ByteString got;
        return fails(ErrorKind::not_found, [&] { data.get(prefix + "absent", ids.at(0), 0, 1, got); });
    });
}

void probe_locks(Probes& probes, Registry& registry, const std::string& prefix) {
    auto& data = registry.data();
    const auto& mode = registry.description().retention_mode;
    if (registry.locking() == DataBucket::Locking::none || mode == "none") {
        probes.add({Status::weak, "nothing is locked here: drafts only, publish refuses",
                    "publish in a registry that locks"});
        return;
    }
    const auto key = prefix + "locked";
    const std::string broken = "published versions would not be safe here; use storage that locks";
    // Always the weaker mode: a probe shall not leave behind what nobody can ever remove early.
    const Retention lock{RetentionMode::governance, unix_now() + probe_lock_seconds};
    std::string id;
    probes.run("a version is locked as it is put", broken, [&] {
        id = data.put(key, MemoryBody("locked"), lock);
        const auto kept = data.retention(key, id);
        return kept.mode >= lock.mode && kept.until >= lock.until;
    });
    probes.run("a locked version cannot be removed", broken,
               [&] { return fails(ErrorKind::immutable, [&] { data.remove(key, id); }); });
    probes.run("a locked version stays the oldest when another one is put", broken, [&] {
        const auto other = data.put(key, MemoryBody("other"), std::nullopt);
        const auto versions = data.versions(key);
        ByteString got;
        data.get(key, id, 0, 6, got);
        return versions.size() == 2 && versions[0].version_id == id && versions[1].version_id == other &&
               got == "locked";
    });
    if (registry.locking() == DataBucket::Locking::weak) {
        probes.add(
            {Status::weak,
             "locks are read-only files: they stop mistakes, not somebody who may write to the storage",
             "use storage with Object Lock where publications must withstand their own writers"});
    }
}

} // namespace

std::vector<CheckLine> check_registry(Registry& registry, const std::vector<std::string>& known) {
    Probes probes;
    for (auto& line : registry.check_kind()) {
        probes.add(std::move(line));
    }
    if (!probes.all_ok()) {
        return probes.take(); // the rest would only say the same again, in other words
    }
    const std::string damaged = "the registry is damaged; restore its description from a backup";
    probes.run("the description is readable", damaged, [&] { return !registry.description().id.empty(); });
    if (!probes.last_made()) {
        return probes.take(); // these keys can do nothing here
    }
    probes.begin_group();
    probes.run("datasets can be listed", damaged, [&] {
        (void)registry.datasets();
        return true;
    });
    if (!probes.last_made()) {
        for (const auto& ns : known) { // keys are often granted namespaces, and not the whole
            probes.begin_group();
            probes.run(fmt::format("datasets of namespace {} can be listed", ns), damaged, [&] {
                (void)registry.datasets(ns);
                return true;
            });
        }
    }
    if (!probes.all_ok()) {
        return probes.take();
    }
    const auto prefix = fmt::format("{}{}/", check_prefix, random_hex(8));
    probes.begin_group();
    probe_control(probes, registry.control(), prefix);
    if (!probes.all_ok()) {
        return probes.take();
    }
    probes.begin_group();
    probe_data(probes, registry.data(), prefix);
    probes.begin_group();
    probe_locks(probes, registry, prefix);
    try {
        remove_leftovers(registry.data());
    } catch (const NotGranted&) {
        return probes.take(); // whoever may write there removes them
    }
    return probes.take();
}

} // namespace ds
