// The graph of commits: walks, merge bases, what a push takes along, and checking all of it.
#include "base/path.hpp"
#include "history/history_impl.hpp"
#include "history/object_database.hpp"

#include <deque>
#include <fmt/format.h>
#include <set>

namespace ds {

namespace {

git::RevwalkHandle start_walk(const History::Impl& impl, const std::vector<CommitId>& from,
                              const std::vector<CommitId>& hide, unsigned order) {
    git_revwalk* raw = nullptr;
    git::check(git_revwalk_new(&raw, impl.repository.get()), "cannot walk the history");
    git::RevwalkHandle walk(raw);
    git::check(git_revwalk_sorting(raw, order), "cannot walk the history");
    for (const auto& id : from) {
        impl.need_commit(id);
        const auto oid = git::to_oid(id);
        git::check(git_revwalk_push(raw, &oid), "cannot walk the history");
    }
    for (const auto& id : hide) {
        if (impl.has_commit(id)) { // one that is not here hides nothing
            const auto oid = git::to_oid(id);
            git::check(git_revwalk_hide(raw, &oid), "cannot walk the history");
        }
    }
    return walk;
}

/// The next commit, nothing at the end.
std::optional<CommitId> next_of(const git::RevwalkHandle& walk) {
    git_oid oid;
    const int code = git_revwalk_next(&oid, walk.get());
    if (code == GIT_ITEROVER) {
        return std::nullopt;
    }
    if (code < 0) {
        throw CorruptObject(fmt::format("the history is incomplete or damaged: {}", git::last_message()),
                            "dsctl fsck --repair");
    }
    return git::to_id(oid);
}

std::string whole(git_odb* odb, const CommitId& id, git_object_t type) {
    auto bytes = git::read_object(odb, id, type);
    if (!bytes) {
        throw CorruptObject(fmt::format("history object {} is missing", id.hex()), "dsctl fsck --repair");
    }
    return std::move(*bytes);
}

} // namespace

std::optional<CommitId> History::merge_base(const CommitId& a, const CommitId& b) {
    impl_->need_commit(a);
    impl_->need_commit(b);
    const auto left = git::to_oid(a);
    const auto right = git::to_oid(b);
    git_oid base;
    const int code = git_merge_base(&base, impl_->repository.get(), &left, &right);
    if (code == GIT_ENOTFOUND) {
        // Also said when a parent is missing; then a walk says which.
        walk({a, b}, {}, [](const Commit&) { return true; });
        return std::nullopt;
    }
    git::check(code, "cannot find the common ancestor");
    return git::to_id(base);
}

bool History::is_ancestor(const CommitId& ancestor, const CommitId& of) {
    impl_->need_commit(ancestor);
    impl_->need_commit(of);
    if (ancestor == of) {
        return true;
    }
    const auto upper = git::to_oid(of);
    const auto lower = git::to_oid(ancestor);
    const int code = git_graph_descendant_of(impl_->repository.get(), &upper, &lower);
    return git::check(code, "cannot compare commits") == 1;
}

void History::walk(const std::vector<CommitId>& from, const std::vector<CommitId>& hide,
                   const std::function<bool(const Commit&)>& visit) {
    const auto walk = start_walk(*impl_, from, hide, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
    while (const auto id = next_of(walk)) {
        if (!visit(read_commit(*id))) {
            return;
        }
    }
}

void History::export_objects(const CommitId& tip, const std::vector<CommitId>& hide,
                             const std::function<void(RawObject)>& visit) {
    auto* odb = impl_->odb.get();
    const auto walk = start_walk(*impl_, {tip}, hide, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
    std::set<CommitId> sent; // trees and blobs, which commits may share
    while (const auto id = next_of(walk)) {
        const auto commit = whole(odb, *id, GIT_OBJECT_COMMIT);
        const auto tree_id = git::parse_commit_text(commit, "commit " + id->hex()).tree;
        if (sent.insert(tree_id).second) {
            const auto tree = whole(odb, tree_id, GIT_OBJECT_TREE);
            const auto blob_id = git::parse_tree_text(tree, "the tree of commit " + id->hex());
            if (sent.insert(blob_id).second) {
                visit({GIT_OBJECT_BLOB, whole(odb, blob_id, GIT_OBJECT_BLOB)});
            }
            visit({GIT_OBJECT_TREE, tree});
        }
        visit({GIT_OBJECT_COMMIT, commit});
    }
}

void History::check(const OnProblem& report, const std::function<void(const Commit&)>& visit) {
    impl_->writer.flush();
    // An object database of its own: the other one may remember what the disk no longer holds.
    const auto odb = git::open_objects(impl_->path + "/objects");
    const auto attempt = [&](const std::string& object, const std::function<void()>& step) {
        try {
            step();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            report(object, error);
        }
    };
    std::deque<CommitId> queue;
    std::set<CommitId> seen;
    const auto enqueue = [&](const CommitId& id) {
        if (seen.insert(id).second) {
            queue.push_back(id);
        }
    };
    attempt("HEAD", [&] { static_cast<void>(current()); });
    for (const auto& ref : impl_->ref_names("refs/")) {
        attempt(printable(ref), [&] {
            const auto id = impl_->ref_target(ref);
            if (id && ref.starts_with(tag_refs)) {
                const auto tag = Impl::read_tag(odb.get(), *id);
                if (tag.name != ref.substr(tag_refs.size())) {
                    throw CorruptObject(fmt::format("it is the tag of version {}", tag.name));
                }
                enqueue(tag.commit);
            } else if (id) {
                enqueue(*id);
            }
        });
    }
    while (!queue.empty()) {
        const auto id = queue.front();
        queue.pop_front();
        attempt("commit " + id.hex(), [&] {
            // The parents first, so that damage of the rest does not hide them.
            if (const auto bytes = git::read_object(odb.get(), id, GIT_OBJECT_COMMIT)) {
                for (const auto& parent : git::parse_commit_text(*bytes, "commit " + id.hex()).parents) {
                    enqueue(parent);
                }
            }
            const auto commit = Impl::read_commit(odb.get(), id);
            if (visit) {
                visit(commit);
            }
        });
    }
}

} // namespace ds
