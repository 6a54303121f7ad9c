#include "dataset/known_signers.hpp"

#include "base/number.hpp"
#include "codec/sshsig.hpp"
#include "dataset/signing.hpp"
#include "release/signature_names.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view header = "dsctl-signatures 1\nobjects ";
constexpr std::string_view end_of_text = "-----END SSH SIGNATURE-----";
constexpr std::size_t max_kept = 2048;
constexpr std::uint64_t max_file_bytes = header.size() + 24 + max_kept * (max_sshsig_bytes + 1);
/// Objects looked at in one listing; where there are more, each version is asked for alone.
constexpr std::size_t max_listed = 100'000;

/// What lies below one version's signatures.
struct Below {
    explicit Below(NamedSignatures signatures) : named(std::move(signatures)) {}
    NamedSignatures named;
    std::vector<DataBucket::Version> by_text; ///< the oldest max_signatures
};
using Objects = std::map<std::string, Below>;

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
    const auto objects = parse_number(line);
    if (!objects || line.size() == rest.size()) {
        return std::nullopt;
    }
    kept.objects = *objects;
    rest.remove_prefix(line.size() + 1);
    while (!rest.empty()) {
        const auto end = rest.find(end_of_text);
        if (end == std::string_view::npos || kept.texts.size() == max_kept) {
            return std::nullopt;
        }
        const auto size = std::min(rest.size(), end + end_of_text.size() + 1); // with its line's end
        kept.texts.emplace_back(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    return kept;
}

std::string text_of(std::size_t objects, const Below& there,
                    const std::vector<std::optional<ByteString>>& texts) {
    auto file = fmt::format("{}{}\n", header, objects);
    std::size_t kept = 0;
    const auto keep = [&](const SshSignature& signature) { // in our own spelling, whatever lay there
        if (kept++ < max_kept) {
            file += signature.text();
        }
    };
    for (const auto& line : there.named.lines()) {
        keep(parse_signature_name(line.object.substr(line.object.rfind('/') + 1)).value());
    }
    for (const auto& text : texts) {
        if (!text) {
            continue;
        }
        try {
            const auto signature = SshSignature::parse(*text, "the signature");
            if (!there.named.has(signature.key)) {
                keep(signature);
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::usage) {
                throw;
            }
        }
    }
    return file;
}

/// Whose signatures are looked for first; nobody's when that cannot be read, which judge() tells of.
std::vector<SshPublicKey> wanted_keys(Session& session, const std::string& registry,
                                      const DatasetName& dataset) {
    try {
        const auto policy = signer_policy(session, registry, dataset);
        return policy ? keys_of(*policy) : std::vector<SshPublicKey>{};
    } catch (const Error& error) {
        session.context().log.trace(error.message());
        return {};
    }
}

/// What lies below the signatures of some versions of a dataset, as far as it is looked at.
Objects list_objects(Session& session, Registry& registry, const DatasetName& dataset,
                     const std::vector<StoredRecord>& records) {
    const auto& context = session.context();
    const auto wanted = wanted_keys(session, registry.alias(), dataset);
    Objects objects;
    for (const auto& stored : records) {
        objects.try_emplace(stored.record.version, NamedSignatures(stored.text, wanted, max_signatures));
    }
    const auto prefix = signatures_key(dataset, "");
    const auto add = [&](const DataBucket::Version& object) {
        const auto rest = std::string_view(object.key).substr(prefix.size());
        const auto slash = rest.find('/');
        const auto at = objects.find(std::string(rest.substr(0, slash)));
        if (at == objects.end()) {
            return;
        }
        if (slash != std::string_view::npos) {
            at->second.named.add(rest.substr(slash + 1), object);
        } else if (at->second.by_text.size() < max_signatures) {
            at->second.by_text.push_back(object);
        }
    };
    std::size_t listed = 0;
    try {
        registry.data().list_versions(prefix, [&](const DataBucket::Version& object) {
            context.check_stop();
            add(object);
            return ++listed < max_listed;
        });
    } catch (const CorruptObject& error) { // so many versions of one key that they are not even listed
        context.log.warn(fmt::format("some signatures are left out: {}", error.message()));
        listed = max_listed;
    }
    if (listed == max_listed) {
        for (auto& [version, below] : objects) {
            below.named.list(registry.data(), signatures_key(dataset, version) + "/", context, {});
        }
    }
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
    for (const auto& [version, there] :
         list_objects(repository.session(), registry, repository.name(), records)) {
        const auto path = path_of(repository, registry.alias(), version);
        const auto objects = there.named.lines().size() + there.by_text.size();
        if (const auto kept = read_kept(path); kept && kept->objects == objects) {
            continue;
        }
        const auto texts = read_signatures(registry, there.by_text, repository.context());
        repository.save_remote(registry.alias(), ".signatures." + version, text_of(objects, there, texts));
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
    const auto objects = list_objects(session, registry, dataset, records);
    std::vector<DataBucket::Version> all;
    for (const auto& [version, below] : objects) {
        all.insert(all.end(), below.by_text.begin(), below.by_text.end());
    }
    const auto texts = read_signatures(registry, all, session.context()); // all at once: each is a round trip
    std::map<std::string, std::vector<SignatureLine>> result;
    std::size_t next = 0;
    std::map<std::string, const StoredRecord*> by_version;
    for (const auto& stored : records) {
        by_version.emplace(stored.record.version, &stored);
    }
    for (const auto& [version, below] : objects) {
        const auto& stored = *by_version.at(version);
        SignatureReport report;
        report.lines = below.named.lines();
        for (std::size_t i = 0; i < below.by_text.size(); ++i, ++next) {
            auto line = texts[next] ? look_at_signature(*texts[next], stored.text) : SignatureLine{};
            if (line.status != SignatureLine::Status::valid || !below.named.has(*line.key)) {
                report.lines.push_back(std::move(line));
            }
        }
        judge(session, registry.alias(), dataset, stored.record.time, report);
        result.emplace(version, std::move(report.lines));
    }
    return result;
}

} // namespace ds
