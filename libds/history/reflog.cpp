// Reading reflogs.
#include "base/path.hpp"
#include "history/history_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

std::vector<ReflogEntry> read_reflog(const History::Impl& impl, const std::string& ref) {
    const int there = git_reference_has_log(impl.repository.get(), ref.c_str());
    git::check(there, fmt::format("cannot read the reflog of '{}'", printable(ref)));
    if (there == 0) { // reading would create it
        return {};
    }
    git_reflog* raw = nullptr;
    git::check(git_reflog_read(&raw, impl.repository.get(), ref.c_str()),
               fmt::format("cannot read the reflog of '{}'", printable(ref)));
    const git::ReflogHandle log(raw);
    const auto id_of = [](const git_oid* oid) {
        return oid == nullptr || git_oid_is_zero(oid) == 1 ? CommitId() : git::to_id(*oid);
    };
    std::vector<ReflogEntry> out;
    const std::size_t n = git_reflog_entrycount(raw);
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto* entry = git_reflog_entry_byindex(raw, i);
        const auto* who = git_reflog_entry_committer(entry);
        const char* message = git_reflog_entry_message(entry);
        out.push_back({id_of(git_reflog_entry_id_old(entry)),
                       id_of(git_reflog_entry_id_new(entry)),
                       {who->name, who->email, who->when.time, who->when.offset},
                       message == nullptr ? "" : message});
    }
    return out;
}

} // namespace

std::vector<ReflogEntry> History::reflog(const std::string& ref) {
    if (ref == "HEAD" || ref.starts_with("refs/")) {
        return read_reflog(*impl_, ref);
    }
    return read_reflog(*impl_,
                       std::string(ref.find('/') == std::string::npos ? draft_refs : remote_refs) + ref);
}

std::vector<CommitId> History::reflog_commits(std::int64_t not_before) {
    auto logs = Impl::files_below(impl_->path + "/logs/refs", "refs/");
    logs.emplace_back("HEAD");
    std::vector<CommitId> out;
    for (const auto& log : logs) {
        for (const auto& entry : read_reflog(*impl_, log)) {
            if (entry.who.time >= not_before) {
                out.push_back(entry.before);
                out.push_back(entry.after);
            }
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    std::erase_if(out, [&](const CommitId& id) { return !has_commit(id); });
    return out;
}

} // namespace ds
