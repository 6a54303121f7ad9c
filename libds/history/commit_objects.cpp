#include "history/commit_objects.hpp"

#include "history/git2.hpp"
#include "history/object_text.hpp"

namespace ds {

CommitObjects commit_objects(const CommitData& data) {
    git::start_library();
    CommitObjects out;
    const auto add = [&](git_object_t type, std::string bytes) {
        git_oid oid;
        git::check(git_odb_hash(&oid, bytes.data(), bytes.size(), type), "cannot hash a commit");
        out.objects.push_back({static_cast<std::uint8_t>(type), std::move(bytes)});
        return git::to_id(oid);
    };
    const auto blob = add(GIT_OBJECT_BLOB, git::write_dataset_text({data.tree, data.origin}));
    const auto tree = add(GIT_OBJECT_TREE, git::write_tree_text(blob));
    out.id = add(GIT_OBJECT_COMMIT, git::write_commit_text({tree, data.parents, data.author, data.message}));
    return out;
}

} // namespace ds
