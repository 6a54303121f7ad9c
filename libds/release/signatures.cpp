#include "release/signatures.hpp"

#include "base/path.hpp"
#include "codec/sshsig.hpp"
#include "release/signature_names.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <set>

namespace ds {

namespace {

using Status = SignatureLine::Status;

Status status_of(SignerVerdict::Answer answer) noexcept {
    switch (answer) {
    case SignerVerdict::Answer::accepted:
        return Status::counted;
    case SignerVerdict::Answer::other_purpose:
        return Status::other_purpose;
    case SignerVerdict::Answer::not_yet_valid:
        return Status::not_yet_valid;
    case SignerVerdict::Answer::expired:
        return Status::expired;
    case SignerVerdict::Answer::unknown_key:
        break;
    }
    return Status::unknown_key;
}

/// Those under the version's own key, but not what has a name, too.
void add_by_text(Registry& registry, const std::string& key, ByteView text, const NamedSignatures& named,
                 const Context& context, SignatureReport& report) {
    std::vector<DataBucket::Version> objects;
    try {
        objects = registry.data().versions(key);
    } catch (const CorruptObject& error) { // so many that they are not even listed
        context.log.warn(fmt::format("some signatures are left out: {}", error.message()));
        report.cut = true;
    }
    report.cut = report.cut || objects.size() > max_signatures;
    objects.resize(std::min(objects.size(), max_signatures));
    const auto texts = read_signatures(registry, objects, context);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto line = texts[i] ? look_at_signature(*texts[i], text) : SignatureLine{};
        if (line.status != Status::valid || !named.has(*line.key)) {
            line.object = key;
            line.version_id = objects[i].version_id;
            report.lines.push_back(std::move(line));
        }
    }
}

} // namespace

std::vector<SshPublicKey> keys_of(const SignerPolicy& policy) {
    std::vector<SshPublicKey> keys;
    for (const auto& signer : policy.signers) {
        keys.push_back(signer.key);
    }
    return keys;
}

std::string signatures_key(const DatasetName& dataset, const std::string& version) {
    return fmt::format("{}/signatures/{}", dataset.str(), version);
}

std::string_view signature_status_str(Status status) noexcept {
    switch (status) {
    case Status::counted:
        return "counted";
    case Status::valid:
        return "valid";
    case Status::repeated:
        return "repeated";
    case Status::unknown_key:
        return "unknown-key";
    case Status::other_purpose:
        return "other-namespace";
    case Status::not_yet_valid:
        return "not-yet-valid";
    case Status::expired:
        return "expired";
    case Status::other_text:
        return "other-text";
    case Status::malformed:
        break;
    }
    return "malformed";
}

std::vector<std::optional<ByteString>>
read_signatures(Registry& registry, const std::vector<DataBucket::Version>& objects, const Context& context) {
    std::vector<std::optional<ByteString>> texts(objects.size());
    parallel_for(objects.size(), context.jobs, [&](std::size_t i) {
        context.check_stop();
        const auto& object = objects[i];
        if (object.size <= max_sshsig_bytes) {
            ByteString text;
            try {
                registry.data().get(object.key, object.version_id, 0, object.size, text);
                texts[i] = std::move(text);
            } catch (const Error& error) {
                // What others put may be theirs alone; it shall not keep anybody from the signatures that can be read.
                if (error.kind() != ErrorKind::auth) {
                    throw;
                }
                context.log.warn(fmt::format("a signature is left out: {}", error.message()));
            }
        }
    });
    return texts;
}

SignatureLine look_at_signature(ByteView signature_text, ByteView record_text) {
    SignatureLine line;
    try {
        const auto signature = SshSignature::parse(signature_text, "the signature");
        line.key = signature.key;
        line.status = signature.purpose != publish_purpose ? Status::other_purpose
                      : signature.covers(record_text)      ? Status::valid
                                                           : Status::other_text;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::usage) {
            throw;
        }
    }
    return line;
}

void judge_signers(SignatureReport& report, const SignerPolicy& policy, std::int64_t time) {
    report.required = policy.required;
    std::set<SshPublicKey> keys;
    std::set<std::string> principals;
    for (auto& line : report.lines) {
        if (line.status != Status::valid) {
            continue;
        }
        auto verdict = judge_signer(policy.signers, *line.key, publish_purpose, time);
        line.status = status_of(verdict.answer);
        line.principals = std::move(verdict.principals);
        if (line.status == Status::counted) {
            // One person with two keys is one signer, and so is one key on two lines.
            const bool new_key = keys.insert(*line.key).second;
            const bool new_principals = principals.insert(line.principals).second;
            if (new_key && new_principals) {
                ++report.counted;
            } else {
                line.status = Status::repeated;
            }
        }
    }
}

SignatureReport check_signatures(Registry& registry, const DatasetName& dataset, const std::string& version,
                                 ByteView text, std::int64_t time, const SignerPolicy* policy,
                                 const Context& context) {
    const auto key = signatures_key(dataset, version);
    NamedSignatures named(text, policy != nullptr ? keys_of(*policy) : std::vector<SshPublicKey>{},
                          max_signatures);
    named.list(registry.data(), key + "/", context, [&] {
        SignatureReport so_far;
        so_far.lines = named.lines();
        judge_signers(so_far, *policy, time); // asked for keys of a policy only
        return so_far.enough();
    });
    SignatureReport report;
    report.lines = named.lines();
    report.cut = named.cut();
    add_by_text(registry, key, text, named, context, report);
    if (policy != nullptr) {
        judge_signers(report, *policy, time);
    }
    return report;
}

std::vector<SignatureLine> signatures_over(Registry& registry, const DatasetName& dataset,
                                           const std::string& version, ByteView text,
                                           const Context& context) {
    const auto key = signatures_key(dataset, version);
    NamedSignatures named(text, {}, std::numeric_limits<std::size_t>::max());
    named.list(registry.data(), key + "/", context, {});
    SignatureReport report;
    report.lines = named.lines();
    report.cut = named.cut();
    add_by_text(registry, key, text, named, context, report);
    if (report.cut) {
        context.log.warn(fmt::format("not all that lies below {} was looked at", printable(key)));
    }
    auto& lines = report.lines;
    std::erase_if(lines, [](const SignatureLine& line) { return line.status != Status::valid; });
    return std::move(lines);
}

bool add_signature(Registry& registry, const DatasetName& dataset, const std::string& version, ByteView text,
                   RecordSigner& signer, const Retention& retention, const Context& context) {
    context.check_stop();
    const auto signature = SshSignature::make(signer.key(), publish_purpose, text,
                                              [&](ByteView message) { return signer.sign(message); });
    const auto key = fmt::format("{}/{}", signatures_key(dataset, version), signature_name(signature));
    bool there = false;
    registry.data().list_versions(key, [&](const DataBucket::Version& object) {
        there = object.key == key;
        return false;
    });
    if (!there) {
        (void)registry.data().put(key, MemoryBody(signature.text()), retention);
    }
    return !there;
}

} // namespace ds
