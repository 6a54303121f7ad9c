// Draft heads: compare-and-swap that reads before it judges.
#include "base/path.hpp"
#include "codec/json.hpp"
#include "os/file.hpp"
#include "registry/notes.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr int max_tries = 6;

std::string describe(const DatasetName& dataset, const std::string& version, const std::string& alias) {
    return fmt::format("the head of {}:{} in {}", dataset.str(), printable(version), alias);
}

/// Nothing in a checkout mends a head.
CorruptObject damaged_head(const std::string& message, const DatasetName& dataset, const std::string& alias) {
    return CorruptObject(message,
                         fmt::format("dsctl versions {}/{} lists the others; this one comes back only from "
                                     "a copy of the registry",
                                     alias, dataset.str()));
}

StoredHead parse_head(ControlBucket::Object object, const DatasetName& dataset, const std::string& version,
                      const std::string& alias) {
    const auto what = describe(dataset, version, alias);
    StoredHead stored;
    try {
        stored = {Head::parse(object.body, what), std::move(object.etag)};
    } catch (const CorruptObject& error) {
        throw damaged_head(error.message(), dataset, alias);
    }
    if (stored.head.dataset != dataset.str() || stored.head.version != version) {
        throw damaged_head(fmt::format("{} names {}:{}", what, printable(stored.head.dataset),
                                       printable(stored.head.version)),
                           dataset, alias);
    }
    return stored;
}

Error not_known(const std::string& what, const std::string& why) {
    return {ErrorKind::unknown,
            fmt::format("the outcome of changing {} is not known{}", what, why.empty() ? "" : ": " + why),
            "run the same command again; it looks first"};
}

[[noreturn]] void refuse_beside(const StoredHead& other, const DatasetName& dataset,
                                const VersionName& version, const std::string& alias) {
    throw Error(ErrorKind::conflict,
                fmt::format("{}:{} differs from {} only in case; both cannot exist in one dataset",
                            dataset.str(), version.str(), other.head.version),
                other.head.state == HeadState::empty
                    ? fmt::format("choose another name, or free this one: dsctl drop {}/{}:{}", alias,
                                  dataset.str(), other.head.version)
                    : std::string("choose another version name"));
}

/// The same step by somebody else: nothing of ours is missing from what they wrote.
bool same_change(const Head& before, const Head& ours, const Head& theirs) {
    return ours.commit != before.commit && theirs.commit == ours.commit && theirs.state == ours.state &&
           theirs.pinned_record == ours.pinned_record;
}

/// Keeps in a note what would be too long for a head. A pin that stays keeps the note it has.
void place_pin(Registry& registry, const std::string& ns, const Head& before, Head& next) {
    if (next.state != HeadState::publishing) {
        next.pinned_record.reset();
    }
    next.pinned_note.reset();
    if (next.pinned_record && next.pinned_record == before.pinned_record) {
        next.pinned_note = before.pinned_note;
    } else if (next.pinned_record && Json(*next.pinned_record).dump(false).size() > max_inline_pin) {
        next.pinned_note = put_note(registry, ns, *next.pinned_record);
    }
}

} // namespace

bool same_content(const Head& a, const Head& b) {
    return a.state == b.state && a.commit == b.commit && a.roots == b.roots && a.origin == b.origin &&
           a.pinned_record == b.pinned_record;
}

std::optional<StoredHead> Registry::head(const DatasetName& dataset, const std::string& version) {
    for (int attempt = 0;; ++attempt) {
        auto object = control().get(head_key(dataset, version));
        if (!object) {
            return std::nullopt;
        }
        auto stored = parse_head(std::move(*object), dataset, version, alias_);
        const auto& pin = stored.head.pinned_note;
        if (!pin) {
            return stored;
        }
        try {
            const auto what = "the record pinned by " + describe(dataset, version, alias_);
            stored.head.pinned_record = read_note(*this, dataset.ns(), *pin, what);
            return stored;
        } catch (const CorruptObject& error) { // gone with its pin, if the head moved on meanwhile
            const auto now = control().get(head_key(dataset, version));
            if (attempt == max_tries || !now || now->etag == stored.etag) {
                throw damaged_head(error.message(), dataset, alias_);
            }
        }
    }
}

std::vector<StoredHead> Registry::heads(const DatasetName& dataset, const OnDamaged& damaged) {
    std::vector<std::string> names;
    const auto prefix = head_key(dataset, "");
    control().list(prefix, [&](const std::string& key) {
        auto name = key.substr(prefix.size());
        if (VersionName::valid(name)) {
            names.push_back(std::move(name));
        }
        return true;
    });
    std::vector<StoredHead> result;
    for (const auto& name : names) {
        try {
            if (auto stored = head(dataset, name)) {
                result.push_back(std::move(*stored));
            }
        } catch (const CorruptObject& error) {
            if (!damaged) {
                throw;
            }
            damaged(name, error);
        }
    }
    return result;
}

std::optional<StoredHead> Registry::case_rival(const DatasetName& dataset, const VersionName& version) {
    const auto prefix = head_key(dataset, "");
    std::vector<std::string> names;
    control().list(prefix, [&](const std::string& other) {
        auto name = other.substr(prefix.size());
        if (name != version.str() && VersionName::valid(name) &&
            VersionName(name).folded() == version.folded()) {
            names.push_back(std::move(name));
        }
        return true;
    });
    for (const auto& name : names) {
        auto stored = head(dataset, name);
        if (stored && stored->head.state != HeadState::dropped) {
            return stored;
        }
    }
    return std::nullopt;
}

void Registry::refuse_case_rival(const DatasetName& dataset, const VersionName& version) {
    if (const auto other = case_rival(dataset, version)) {
        refuse_beside(*other, dataset, version, alias_);
    }
}

StoredHead Registry::ensure_head(const DatasetName& dataset, const VersionName& version) {
    const auto key = head_key(dataset, version.str());
    // Names that differ in case only: whoever is there first keeps the name, in use or not yet filled.
    auto stored = head(dataset, version.str());
    if (stored && stored->head.state != HeadState::empty && stored->head.state != HeadState::dropped) {
        return *stored;
    }
    refuse_case_rival(dataset, version);
    if (stored) {
        return *stored;
    }
    Head fresh;
    fresh.dataset = dataset.str();
    fresh.version = version.str();
    fresh.write_id = random_hex(16);
    fresh.time = unix_now();
    const auto text = fresh.text();
    for (int attempt = 0; attempt < max_tries && !stored; ++attempt) {
        (void)control().put_if_absent(key, text); // whatever it says: what is there now counts
        stored = head(dataset, version.str());
        if (!stored) {
            pause(attempt);
        }
    }
    if (!stored) {
        throw not_known(describe(dataset, version.str(), alias_), "it cannot be read after it was written");
    }
    // Two at once: each sees the other's name here, or one of them did before.
    if (const auto other = case_rival(dataset, version)) {
        if (stored->head.write_id == fresh.write_id) {
            (void)update_head(
                *stored, [](Head& head) { head.state = HeadState::dropped; }, fresh.time);
        }
        refuse_beside(*other, dataset, version, alias_);
    }
    return *stored;
}

HeadUpdate Registry::update_head(const StoredHead& expected, const std::function<void(Head&)>& change,
                                 std::int64_t now) {
    const auto dataset = DatasetName::parse(expected.head.dataset);
    const auto& version = expected.head.version;
    const auto key = head_key(dataset, version);
    const auto what = describe(dataset, version, alias_);

    Head next = expected.head;
    change(next);
    next.dataset = expected.head.dataset;
    next.version = version;
    next.sequence = expected.head.sequence + 1;
    next.recent = expected.head.recent;
    if (!expected.head.write_id.empty()) {
        next.recent.insert(next.recent.begin(), expected.head.write_id);
    }
    next.recent.resize(std::min(next.recent.size(), head_ring_size));
    next.write_id = random_hex(16);
    next.time = now;
    place_pin(*this, dataset.ns(), expected.head, next);
    const auto text = next.text();

    // An empty etag means that somebody had overtaken us when `expected` was written.
    const bool hopeless = expected.etag.empty() ||
                          (expected.head.state == HeadState::published && next.state != HeadState::published);
    bool landed = false; ///< the storage said so
    bool may_have_landed = false;
    bool asked = false; ///< a refusal may be that of a repetition, whose first try had landed
    for (int attempt = 0; attempt < max_tries; ++attempt) {
        auto outcome = ControlBucket::Put::refused;
        std::optional<StoredHead> current;
        try {
            if (!hopeless) {
                outcome = control().put_if_match(key, text, expected.etag);
                asked = true;
            }
            landed = landed || outcome == ControlBucket::Put::done;
            may_have_landed = may_have_landed || outcome != ControlBucket::Put::refused;
            current = head(dataset, version);
        } catch (const Error& e) {
            // Once a put may have landed, no error may sound as if it had not.
            if (asked && e.kind() != ErrorKind::interrupted) {
                throw not_known(what, e.message());
            }
            throw;
        }
        if (!current) {
            throw damaged_head(what + " is gone; heads are never deleted", dataset, alias_);
        }
        const auto& head = current->head;
        if (head.write_id == next.write_id) {
            return {HeadUpdate::Outcome::done, std::move(*current)};
        }
        if (std::find(head.recent.begin(), head.recent.end(), next.write_id) != head.recent.end()) {
            return {HeadUpdate::Outcome::done, {std::move(next), ""}};
        }
        if (hopeless) {
            return {HeadUpdate::Outcome::conflict, std::move(*current)};
        }
        if (current->etag == expected.etag || head.sequence <= expected.head.sequence) {
            pause(attempt); // not there yet, or an old state was read: the same bytes again do no harm
            continue;
        }
        if (may_have_landed && head.sequence - next.sequence >= head_ring_size) {
            if (landed) { // so many came upon ours that it left the ring
                return {HeadUpdate::Outcome::done, {std::move(next), ""}};
            }
            throw not_known(what, "too much has happened since");
        }
        // The etag we needed is gone, so ours can land no more; and it is not among those that did.
        const bool same = same_change(expected.head, next, head);
        return {same ? HeadUpdate::Outcome::done : HeadUpdate::Outcome::conflict, std::move(*current)};
    }
    if (may_have_landed) {
        throw not_known(what, "");
    }
    throw Error(ErrorKind::retry,
                fmt::format("{} could not be changed: the registry refuses the state it shows", what),
                fmt::format("dsctl registry check {}", alias_));
}

} // namespace ds
