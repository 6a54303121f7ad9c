// Who is in the way when a draft goes.
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/uses.hpp"
#include "mount/mount_table.hpp"
#include "registry/uses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ds {

std::vector<MountedHere> mounted_here() {
    constexpr std::uint64_t max_table_bytes = 64u << 20;
    std::vector<MountedHere> result;
    for (auto& entry : parse_mount_table(read_file("/proc/self/mountinfo", max_table_bytes))) {
        if (entry.kind == mount_kind) {
            result.push_back({std::move(entry.source), std::move(entry.target)});
        }
    }
    return result;
}

namespace {

std::string use_text(const UseRecord& record, std::int64_t now) {
    auto text = fmt::format("used by {} on {} ({}), {}", record.user, record.host, record.action,
                            relative_time(record.time, now));
    if (record.run) {
        text += fmt::format(", run {} of {}", record.run->id, record.run->source);
    }
    return text;
}

} // namespace

std::vector<std::string> users_of(Session& session, const UsedDraft& draft, Registry* there,
                                  std::size_t most) {
    std::vector<std::string> users;
    const auto ref = fmt::format("{}/{}:{}", draft.registry, draft.dataset.str(), draft.version);
    for (const auto& mount : mounted_here()) {
        if (mount.ref == ref) {
            users.push_back("mounted on " + printable(mount.target));
        }
    }
    const auto id = there != nullptr ? std::optional(there->description().id) : std::nullopt;
    auto records = uses_here(id, draft.dataset);
    if (there != nullptr) {
        try {
            for (auto& record : find_uses(*there, draft.dataset, draft.version, std::nullopt, most).records) {
                const auto same = [&](const UseRecord& other) { return other.text() == record.text(); };
                if (std::none_of(records.begin(), records.end(), same)) {
                    records.push_back(std::move(record));
                }
            }
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            session.context().log.trace(fmt::format("who used {} is not known: {}", ref, error.message()));
        }
    }
    for (const auto& record : records) {
        const bool counts = record.version == draft.version && !record.digest &&
                            (!draft.is_its_commit || draft.is_its_commit(record.commit));
        if (counts && users.size() < most) {
            users.push_back(use_text(record, session.now()));
        }
    }
    return users;
}

void refuse_if_used(Session& session, const UsedDraft& draft, Registry* there, const std::string& command) {
    constexpr std::size_t named = 3;
    const auto users = users_of(session, draft, there, named + 1);
    if (users.empty()) {
        return;
    }
    std::string list;
    for (std::size_t i = 0; i < std::min(named, users.size()); ++i) {
        list += (i == 0 ? "" : "; ") + users[i];
    }
    throw Error(ErrorKind::conflict,
                fmt::format("draft {}:{} is in use: {}{}", draft.dataset.str(), draft.version, list,
                            users.size() > named ? "; and others" : ""),
                command);
}

void warn_of_used_commits(Repository& repository) {
    constexpr std::size_t most_commits = 50;
    auto& history = repository.history();
    const auto refs = history.all_refs();
    std::set<std::string> looked_at;
    for (const auto& record : uses_here(std::nullopt, repository.name())) {
        if (record.digest || looked_at.size() >= most_commits || !looked_at.insert(record.commit).second) {
            continue;
        }
        const CommitId commit(record.commit);
        const bool reached = std::any_of(refs.begin(), refs.end(), [&](const auto& ref) {
            return history.has_commit(commit) && history.is_ancestor(commit, ref.second);
        });
        if (history.has_commit(commit) && !reached) {
            repository.context().log.warn(fmt::format(
                "commit {} of draft {} was {}, and no version holds it any more", commit.short_hex(),
                record.version, use_text(record, repository.session().now())));
        }
    }
}

} // namespace ds
