#include "dataset/merge_state.hpp"

#include "dataset/overtaken.hpp"

#include "base/path.hpp"
#include "codec/json.hpp"
#include "codec/text.hpp"

#include <fmt/format.h>

namespace ds {

namespace {
constexpr std::string_view schema = "dsctl.merge/1";
constexpr std::uint64_t max_state_bytes = 256u << 20;
} // namespace

bool has_merge_note(const Repository& repository) {
    return path_exists(repository.dir() + "/merge");
}

std::optional<MergeState> load_merge(Repository& repository) {
    const auto path = repository.dir() + "/merge";
    const auto text = try_read_file(path, max_state_bytes);
    if (!text) {
        return std::nullopt;
    }
    const auto json = Json::parse(*text, path);
    if (json.at("schema").str() != schema) {
        throw CorruptObject(fmt::format("'{}' is not a merge in progress", printable(path)),
                            "dsctl merge --abort");
    }
    MergeState state{json.at("version").str(), CommitId(json.at("theirs").str()), {}};
    for (const auto& item : json.at("conflicts").items()) {
        const auto bytes = from_base64(item.at("path_base64").str());
        if (!bytes) {
            throw CorruptObject(fmt::format("'{}' is damaged", printable(path)), "dsctl merge --abort");
        }
        check_stored_path(*bytes, path);
        state.conflicts.push_back({*bytes, item.at("reason").str()});
    }
    auto& history = repository.history();
    const auto tip = history.current().commit;
    const bool over = tip && history.has_commit(state.theirs) && history.is_ancestor(state.theirs, *tip);
    return over ? std::nullopt : std::optional(std::move(state));
}

void save_merge(const Repository& repository, const MergeState& state) {
    Json conflicts = Json::array();
    for (const auto& conflict : state.conflicts) {
        conflicts.push(Json::object()
                           .set("path", printable(conflict.path))
                           .set("path_base64", to_base64(conflict.path))
                           .set("reason", conflict.reason));
    }
    const auto json = Json::object()
                          .set("schema", schema)
                          .set("version", state.version)
                          .set("theirs", state.theirs.hex())
                          .set("conflicts", std::move(conflicts));
    write_file_atomic(repository.dir() + "/merge", json.dump(true));
}

void refuse_waiting_merge(Repository& repository) {
    if (const auto merge = load_merge(repository)) {
        throw Error(ErrorKind::conflict,
                    fmt::format("the merge of {} waits for its conflicts", merge->version),
                    "dsctl merge --ours | --theirs | --abort");
    }
}

void clear_merge(const Repository& repository) {
    remove_file(repository.dir() + "/merge");
}

TreeInfo merge_base_tree(Repository& repository, const CommitId& ours, const CommitId& theirs) {
    return repository.tree_of(repository.history().merge_base(ours, theirs));
}

void require_draft(Repository& repository) {
    const auto current = repository.history().current();
    if (current.state == VersionState::published) {
        throw Error(
            ErrorKind::immutable,
            fmt::format("{}:{} is published and cannot change", repository.name().str(), current.name.str()),
            repository.next_draft_command(current.name));
    }
    refuse_overtaken(repository, current.name);
}

} // namespace ds
