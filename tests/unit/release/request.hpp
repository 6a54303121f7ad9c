// What every test of publishing says again and again.
#pragma once

#include "build_version.hpp"
#include "os/file.hpp"
#include "release/publish.hpp"
#include "wrapped.hpp"

#include <string>

namespace ds_test {

inline const ds::DatasetName cats("demo", "cats");

struct Quiet {
    ds::NoLog log;
    ds::NoProgress progress;
    ds::Context context{log, progress, {}, 2};
};

inline std::string commit_of(const BuiltVersion& built) {
    return built.roots.tree.root.hex().substr(0, 40);
}

inline ds::PublishRequest request_for(ds::Registry& registry, const std::string& version,
                                      const BuiltVersion& built) {
    return {registry,
            cats,
            ds::VersionName(version),
            built.manifest,
            built.roots,
            commit_of(built),
            {},
            "ada",
            "sealed",
            ds::unix_now(),
            {}};
}

inline ds::StoredRecord publish(ds::Registry& registry, const std::string& version,
                                const BuiltVersion& built) {
    Quiet quiet;
    return ds::publish_version(request_for(registry, version, built), quiet.context);
}

/// The kind of error a call ends with; `differs` when with none.
template <class Call>
ds::ErrorKind outcome_of(Call call, std::string* message = nullptr) {
    try {
        call();
    } catch (const ds::Error& e) {
        if (message != nullptr) {
            *message = e.message();
        }
        return e.kind();
    }
    return ds::ErrorKind::differs;
}

inline void make_draft(ds::Registry& registry, const std::string& version, const BuiltVersion& built,
                       const std::string& author = "ada") {
    auto head = registry.head(cats, version);
    if (!head) {
        head = registry.ensure_head(cats, ds::VersionName(version));
    }
    const auto update = registry.update_head(
        *head,
        [&](ds::Head& next) {
            next.state = ds::HeadState::draft;
            next.commit = commit_of(built);
            next.roots = built.roots;
            next.author = author;
        },
        ds::unix_now());
    if (update.outcome != ds::HeadUpdate::Outcome::done) {
        throw std::runtime_error("the head moved");
    }
}

} // namespace ds_test
