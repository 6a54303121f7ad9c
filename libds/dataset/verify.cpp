// verify: every byte of a version against its hashes, the whole against its digest, its record against its signers.
#include "base/path.hpp"
#include "dataset/share.hpp"
#include "release/plain_copy.hpp"

#include <fmt/format.h>

#include <utility>

namespace ds {

namespace {

constexpr std::size_t kept_problems = 1000;

void note_problem(VerifyOutcome& outcome, std::string problem) {
    ++outcome.problem_count;
    if (outcome.problems.size() < kept_problems) {
        outcome.problems.push_back(std::move(problem));
    }
}

void verify_content(Repository& repository, const Sha256& root, VerifyOutcome& outcome) {
    const auto content = repository.content(root);
    const auto info = tree_info(repository.store(), root);
    const ProgressScope progress(repository.context().progress, "verifying", info.entries, info.bytes);
    for (TreeCursor cursor(repository.store(), root); cursor.valid(); cursor.next()) {
        repository.context().check_stop();
        const auto& entry = cursor.entry();
        try {
            if (entry.kind != EntryKind::empty_dir) {
                content->stream(cursor.path(), entry, [](ByteView) {});
                ++outcome.files;
                outcome.bytes += entry.size;
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) {
                throw;
            }
            outcome.corrupt = true;
            note_problem(outcome, fmt::format("{}: {}", printable(cursor.path()), error.message()));
        }
        repository.context().progress.advance(1, entry.size);
    }
}

void verify_signatures(Session& session, Registry& registry, const DatasetName& dataset, const Record& record,
                       ByteView text, const std::optional<SignerPolicy>& policy, VerifyOutcome& outcome) {
    outcome.signatures = check_signatures(registry, dataset, record.version, text, record.time,
                                          policy ? &*policy : nullptr, session.context());
    if (auto missing = missing_signers(*outcome.signatures, outcome.name); !missing.empty()) {
        note_problem(outcome, std::move(missing));
    }
}

/// Whose locks matter: with a policy a stranger's signature is none of the version's.
std::vector<SignatureLine> that_count(const SignatureReport& report) {
    auto lines = report.lines;
    std::erase_if(lines, [](const SignatureLine& line) {
        return line.status != SignatureLine::Status::counted && line.status != SignatureLine::Status::valid;
    });
    return lines;
}

/// A configured policy is about what is published; one that was given for this command must have something to judge.
void refuse_draft(const SignerOptions& signers, const std::string& name) {
    if (signers.allowed_signers || signers.required) {
        throw Error(ErrorKind::usage, fmt::format("{} is a draft; only published versions are signed", name));
    }
}

} // namespace

VerifyOutcome verify_local(Repository& repository, const std::optional<std::string>& word,
                           const SignerOptions& signers) {
    auto& history = repository.history();
    const auto current = history.current();
    const std::string revision = word.value_or(current.name.str());
    VerifyOutcome outcome;
    outcome.name = repository.name().str() + ":" + revision;
    const auto commit = repository.resolve(revision);
    const auto tree = repository.tree_of(commit);
    const std::string plain = revision.starts_with(":") ? revision.substr(1) : revision;
    const auto policy =
        signer_policy(repository.session(), repository.registry_alias(), repository.name(), signers);
    const auto tag = VersionName::valid(plain) ? history.published(VersionName(plain)) : std::nullopt;
    std::optional<Record> record;
    if (tag) {
        record = Record::parse(tag->record, outcome.name);
        outcome.expected = record->digest;
    } else {
        refuse_draft(signers, outcome.name);
    }
    try {
        outcome.actual = make_manifest(repository.store(), tree.root, repository.context().stop).digest();
        verify_content(repository, tree.root, outcome);
    } catch (const CorruptObject& error) {
        outcome.corrupt = true;
        note_problem(outcome, error.message());
    }
    if (outcome.expected && outcome.actual && outcome.expected != outcome.actual) {
        note_problem(outcome, fmt::format("the digest is {}, not {}", digest_str(*outcome.actual),
                                          digest_str(*outcome.expected)));
    }
    if (record && policy) {
        auto& registry = repository.session().registry(repository.registry_alias());
        verify_signatures(repository.session(), registry, repository.name(), *record, tag->record, policy,
                          outcome);
    }
    return outcome;
}

VerifyOutcome verify_remote(Session& session, const DatasetRef& ref, bool locks,
                            const SignerOptions& signers) {
    DatasetRef plain = ref;
    plain.digest.reset(); // a digest that differs is an answer here, not an error
    const auto version = resolve_ref(session, plain);
    VerifyOutcome outcome;
    outcome.name = fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
    if (version.commit.empty()) {
        throw Error(ErrorKind::failure, fmt::format("{} is empty", outcome.name),
                    "push something to it first");
    }
    auto& registry = session.registry(version.registry);
    const auto policy = signer_policy(session, version.registry, version.dataset, signers);
    if (!version.record) {
        refuse_draft(signers, outcome.name);
    }
    RegistryVersion remote(registry, version.dataset.ns(), version.roots);
    outcome.expected = ref.digest ? ref.digest : version.digest;
    const auto take = [&](const VerifyResult& part) {
        outcome.files += part.files;
        outcome.bytes += part.bytes;
        outcome.problem_count += part.problem_count;
        for (const auto& problem : part.problems) {
            if (outcome.problems.size() < kept_problems) {
                outcome.problems.push_back(problem);
            }
        }
        return part.problem_count > 0;
    };
    try {
        const auto manifest = make_manifest(remote, version.roots.tree.root, session.context().stop);
        outcome.actual = manifest.digest();
        outcome.corrupt =
            take(verify_version(remote, version.manifest.value_or(manifest), session.context())) ||
            outcome.corrupt;
    } catch (const CorruptObject& error) {
        outcome.corrupt = true;
        note_problem(outcome, error.message());
    }
    if (outcome.expected && outcome.actual && outcome.expected != outcome.actual) {
        note_problem(outcome, fmt::format("the digest is {}, not {}", digest_str(*outcome.actual),
                                          digest_str(*outcome.expected)));
    }
    if (version.record) {
        verify_signatures(session, registry, version.dataset, version.record->record, version.record->text,
                          policy, outcome);
    }
    if (locks) {
        if (!version.record) {
            throw Error(ErrorKind::usage, fmt::format("{} is a draft; drafts have no locks", outcome.name));
        }
        const auto signatures = that_count(*outcome.signatures);
        auto found = verify_locks(remote, version.dataset, *version.record, signatures, session.context());
        outcome.locks = {found.files, signatures.size(), found.locked_until, found.problem_count};
        found.files = found.bytes = 0; // of packs: they are not those of the version
        take(found);
    }
    if (version.record) {
        // A plain copy, if there is one. Its files are those that were counted.
        if (const auto copy = verify_plain(registry, version.dataset, version.version, remote,
                                           version.roots.tree.root, session.context())) {
            for (const auto& problem : copy->problems) {
                note_problem(outcome, problem);
            }
            outcome.problem_count += copy->problem_count - copy->problems.size();
            outcome.corrupt = outcome.corrupt || copy->problem_count > 0;
        }
    }
    return outcome;
}

} // namespace ds
