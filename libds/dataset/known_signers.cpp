#include "dataset/known_signers.hpp"

#include "codec/sshsig.hpp"
#include "dataset/signing.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view header = "dsctl-signatures 1\nobjects ";
constexpr std::string_view end_of_text = "-----END SSH SIGNATURE-----";
constexpr std::uint64_t max_file_bytes = header.size() + 24 + max_signatures * (max_sshsig_bytes + 1);

using Objects = std::map<std::string, std::vector<DataBucket::Version>>;

struct Kept {
    std::size_t objects = 0;
    std::vector<std::string> texts;
};

std::string path_of(Repository& repository, const std::string& registry, const std::string& version) {
    return fmt::format("{}/remotes/{}/.signatures.{}", repository.dir(), registry, version);
}

/// Nothing for a file that is absent or damaged: it is only a copy.
std::optional<Kept> read_kept(const std::string& path) {
    std::optional<ByteString> file;
    try {
        file = try_read_file(path, max_file_bytes);
    } catch (const Error&) {
        return std::nullopt;
    }
    if (!file || !file->starts_with(header)) {
        return std::nullopt;
    }
    std::string_view rest = std::string_view(*file).substr(header.size());
    Kept kept;
    const auto line = rest.substr(0, rest.find('\n'));
    const auto [stopped, error] = std::from_chars(line.data(), line.data() + line.size(), kept.objects);
    if (error != std::errc() || stopped != line.data() + line.size() || line.size() == rest.size()) {
        return std::nullopt;
    }
    rest.remove_prefix(line.size() + 1);
    while (!rest.empty()) {
        const auto end = rest.find(end_of_text);
        if (end == std::string_view::npos || kept.texts.size() == max_signatures) {
            return std::nullopt;
        }
        const auto size = std::min(rest.size(), end + end_of_text.size() + 1); // with its line's end
        kept.texts.emplace_back(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    return kept;
}

std::string text_of(std::size_t objects, const std::vector<std::optional<ByteString>>& texts) {
    auto file = fmt::format("{}{}\n", header, objects);
    for (const auto& text : texts) {
        if (!text) {
            continue;
        }
        try { // in our own spelling, whatever lay there
            file += SshSignature::parse(*text, "the signature").text();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::usage) {
                throw;
            }
        }
    }
    return file;
}

/// The signature objects of a dataset by version, as far as they are looked at.
Objects list_objects(Registry& registry, const DatasetName& dataset) {
    Objects objects;
    const auto prefix = signatures_key(dataset, "");
    registry.data().list_versions(prefix, [&](const DataBucket::Version& object) {
        const auto version = object.key.substr(prefix.size());
        if (VersionName::valid(version) && objects[version].size() < max_signatures) {
            objects[version].push_back(object);
        }
        return true;
    });
    return objects;
}

/// As the policy has it. One that cannot be read leaves out the judgement, not the signers.
void judge(Session& session, const std::string& registry, const DatasetName& dataset, std::int64_t time,
           SignatureReport& report) {
    try {
        if (const auto policy = signer_policy(session, registry, dataset)) {
            judge_signers(report, *policy, time);
        }
    } catch (const Error& error) {
        session.context().log.warn(
            fmt::format("who may sign {} is not known: {}", dataset.str(), error.message()));
    }
}

} // namespace

void save_signatures(Repository& repository, Registry& registry, const std::vector<StoredRecord>& records) {
    if (records.empty()) {
        return;
    }
    const auto there = list_objects(registry, repository.name());
    for (const auto& stored : records) {
        const auto& version = stored.record.version;
        const auto path = path_of(repository, registry.alias(), version);
        const auto found = there.find(version);
        const auto objects = found != there.end() ? found->second : std::vector<DataBucket::Version>{};
        if (const auto kept = read_kept(path); kept && kept->objects == objects.size()) {
            continue;
        }
        const auto texts = read_signatures(registry, objects, repository.context());
        repository.save_remote(registry.alias(), ".signatures." + version, text_of(objects.size(), texts));
    }
}

std::optional<std::vector<SignatureLine>> known_signers(Repository& repository, const std::string& record) {
    const auto what = Record::parse(record, "a record kept here");
    const auto base = repository.dir() + "/remotes";
    for (const auto& registry : path_exists(base) ? list_dir(base) : std::vector<std::string>{}) {
        const auto there = try_read_file(fmt::format("{}/{}/{}", base, registry, what.version));
        const auto kept =
            there == record ? read_kept(path_of(repository, registry, what.version)) : std::nullopt;
        if (!kept) {
            continue;
        }
        SignatureReport report;
        for (const auto& text : kept->texts) {
            report.lines.push_back(look_at_signature(text, record));
        }
        judge(repository.session(), registry, repository.name(), what.time, report);
        return std::move(report.lines);
    }
    return std::nullopt;
}

std::map<std::string, std::vector<SignatureLine>> signers_there(Session& session, Registry& registry,
                                                                const DatasetName& dataset,
                                                                const std::vector<StoredRecord>& records) {
    std::vector<DataBucket::Version> all;
    const auto objects = list_objects(registry, dataset);
    for (const auto& [version, some] : objects) {
        all.insert(all.end(), some.begin(), some.end());
    }
    const auto texts = read_signatures(registry, all, session.context()); // all at once: each is a round trip
    std::map<std::string, SignatureReport> reports;
    std::map<std::string, const StoredRecord*> by_version;
    for (const auto& stored : records) {
        by_version.emplace(stored.record.version, &stored);
    }
    const auto prefix = signatures_key(dataset, "");
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto version = all[i].key.substr(prefix.size());
        if (const auto record = by_version.find(version); record != by_version.end()) {
            reports[version].lines.push_back(texts[i] ? look_at_signature(*texts[i], record->second->text)
                                                      : SignatureLine{});
        }
    }
    std::map<std::string, std::vector<SignatureLine>> result;
    for (const auto& [version, stored] : by_version) {
        auto& report = reports[version];
        judge(session, registry.alias(), dataset, stored->record.time, report);
        result.emplace(version, std::move(report.lines));
    }
    return result;
}

} // namespace ds
