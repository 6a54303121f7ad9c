#include "dataset/overtaken.hpp"

#include <fmt/format.h>

namespace ds {

bool is_in(Repository& repository, const VersionName& draft, const CommitId& published) {
    auto& history = repository.history();
    const auto tip = history.draft(draft);
    return !tip || history.is_ancestor(*tip, published);
}

std::optional<std::string> way_on_if_overtaken(Repository& repository, const VersionName& version) {
    auto& history = repository.history();
    const auto tag = history.published(version);
    const auto tip = history.draft(version);
    const auto current = history.current();
    const bool is_draft = tip || (current.name == version && current.state == VersionState::draft);
    if (!tag || !is_draft) {
        return std::nullopt;
    }
    return !tip || history.is_ancestor(*tip, tag->commit)
               ? repository.next_draft_command(version)
               : repository.next_draft_command(version, tip->hex());
}

void refuse_overtaken(Repository& repository, const VersionName& version) {
    if (auto way_on = way_on_if_overtaken(repository, version)) {
        throw Error(ErrorKind::immutable,
                    fmt::format("{}:{} was published meanwhile and cannot change", repository.name().str(),
                                version.str()),
                    std::move(*way_on));
    }
}

void refuse_unless_same(Repository& repository, const VersionName& version) {
    auto& history = repository.history();
    const auto tag = history.published(version);
    if (tag && history.draft(version) != tag->commit) {
        refuse_overtaken(repository, version);
    }
}

} // namespace ds
