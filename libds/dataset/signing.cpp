#include "dataset/signing.hpp"

#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"
#include "os/missing_path.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

constexpr unsigned max_required = 64;

/// The most specific of verify.<registry>/<dataset>.<name>, verify.<registry>.<name> and verify.<name>.
template <class Get>
auto most_specific(const std::string& registry, const DatasetName& dataset, const std::string& name,
                   const Get& get) {
    auto found = get(fmt::format("verify.{}/{}.{}", registry, dataset.str(), name));
    if (!found) {
        found = get(fmt::format("verify.{}.{}", registry, name));
    }
    return found ? found : get("verify." + name);
}

/// Paths in a configuration mean the same wherever the command runs.
std::string configured_path(const std::string& path, const std::string& key) {
    if (path.starts_with("~/")) {
        if (const auto home = env("HOME")) {
            return *home + path.substr(1);
        }
    }
    if (!path.starts_with('/')) {
        throw Error(ErrorKind::usage, fmt::format("{} is not an absolute path: '{}'", key, printable(path)),
                    "begin it with / or ~/");
    }
    return path;
}

/// @param source the option or setting it is from
unsigned checked_required(std::optional<std::uint64_t> number, std::string_view source) {
    if (!number || *number == 0 || *number > max_required) {
        throw Error(ErrorKind::usage, fmt::format("{} takes a number from 1 to {}", source, max_required));
    }
    return static_cast<unsigned>(*number);
}

bool is_required(Session& session, const std::string& registry, const DatasetName& dataset) {
    return most_specific(registry, dataset, "require",
                         [&](const std::string& key) { return session.config().get_bool(key); })
        .value_or(false);
}

SignerPolicy required_policy(Session& session, const std::string& registry, const DatasetName& dataset) {
    auto policy = signer_policy(session, registry, dataset);
    if (!policy) {
        throw Error(ErrorKind::usage, "verify.require is set, but no allowed signers are",
                    "dsctl config set --global verify.allowed-signers FILE");
    }
    return std::move(*policy);
}

} // namespace

std::unique_ptr<RecordSigner> configured_signer(Session& session, const std::optional<std::string>& key) {
    const auto configured = key ? std::nullopt : session.config().get("sign.key");
    if (!key && !configured) {
        return nullptr;
    }
    const auto path = key ? *key : configured_path(*configured, "sign.key");
    require_there(path);
    return open_signer(path, env("SSH_AUTH_SOCK"), session.context().stop);
}

std::optional<SignerPolicy> signer_policy(Session& session, const std::string& registry,
                                          const DatasetName& dataset, const SignerOptions& options) {
    const auto get = [&](const std::string& key) { return session.config().get(key); };
    auto path = options.allowed_signers;
    if (!path) {
        path = most_specific(registry, dataset, "allowed-signers", get);
        if (path) {
            path = configured_path(*path, "verify.allowed-signers");
        }
    }
    auto required = options.required;
    if (!required) {
        if (const auto configured = most_specific(registry, dataset, "signers-required", get)) {
            required = checked_required(parse_number(*configured), "verify.signers-required");
        }
    } else {
        required = checked_required(*required, "--signers");
    }
    if (!path) {
        if (required) {
            throw Error(ErrorKind::usage, "signers are required, but it is not said who may sign",
                        "dsctl config set --global verify.allowed-signers FILE");
        }
        return std::nullopt;
    }
    require_there(*path);
    return SignerPolicy{parse_allowed_signers(read_file(*path, max_allowed_signers_bytes),
                                              fmt::format("'{}'", printable(*path))),
                        required.value_or(1)};
}

std::string missing_signers(const SignatureReport& report, const std::string& name) {
    if (report.enough()) {
        return "";
    }
    return fmt::format("{} is signed by {} of the {} that are required{}", name,
                       plural(report.counted, "allowed signer"), *report.required,
                       report.cut ? "; there is more below its signatures than is looked at" : "");
}

void require_signers(Session& session, Registry& registry, const DatasetName& dataset,
                     const StoredRecord& record) {
    if (!is_required(session, registry.alias(), dataset)) {
        return;
    }
    const auto policy = required_policy(session, registry.alias(), dataset);
    const auto report = check_signatures(registry, dataset, record.record.version, record.text,
                                         record.record.time, &policy, session.context());
    if (!report.enough()) {
        const auto name = fmt::format("{}/{}:{}", registry.alias(), dataset.str(), record.record.version);
        throw Error(ErrorKind::differs, missing_signers(report, name) + ", and verify.require is set",
                    fmt::format("dsctl verify {}", name));
    }
}

void require_signers(Session& session, const ResolvedVersion& version) {
    if (!is_required(session, version.registry, version.dataset)) {
        return;
    }
    if (!version.record) {
        const auto name = fmt::format("{}/{}:{}", version.registry, version.dataset.str(), version.version);
        throw Error(ErrorKind::differs,
                    fmt::format("{} is a draft, which nobody signs, and verify.require is set", name),
                    fmt::format("dsctl versions {}/{}", version.registry, version.dataset.str()));
    }
    require_signers(session, session.registry(version.registry), version.dataset, *version.record);
}

} // namespace ds
