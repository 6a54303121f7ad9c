#include "release/signature_names.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t key_digits = 64;
constexpr std::size_t signature_digits = 2 * ssh_signature_bytes;

} // namespace

std::string signature_name_prefix(const SshPublicKey& key) {
    return hex_of(key.point()) + ".";
}

std::string signature_name(const SshSignature& signature) {
    if (signature.hash != "sha512" || signature.purpose != publish_purpose) {
        throw Error(ErrorKind::failure, "a signature that was made otherwise has no name");
    }
    return signature_name_prefix(signature.key) + hex_of(signature.signature);
}

std::optional<SshSignature> parse_signature_name(std::string_view name) {
    if (name.size() != key_digits + 1 + signature_digits || name[key_digits] != '.') {
        return std::nullopt;
    }
    // Lower-case digits only: one signature has one name.
    const auto point = bytes_of_hex(name.substr(0, key_digits));
    auto made = bytes_of_hex(name.substr(key_digits + 1));
    if (!point || !made) {
        return std::nullopt;
    }
    return SshSignature{SshPublicKey::from_point(*point).value(), std::string(publish_purpose), "sha512",
                        std::move(*made)};
}

NamedSignatures::NamedSignatures(ByteView text, std::vector<SshPublicKey> wanted, std::size_t others)
    : text_(text), wanted_(std::move(wanted)), others_(others) {
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
}

void NamedSignatures::add(std::string_view name, const DataBucket::Version& object) {
    const auto signature = parse_signature_name(name);
    if (!signature || lines_.contains(signature->key)) {
        return;
    }
    const bool wanted = std::binary_search(wanted_.begin(), wanted_.end(), signature->key);
    if ((!wanted && others_ == 0) || !signature->covers(text_)) {
        cut_ = cut_ || (!wanted && others_ == 0 && wanted_.empty());
        return;
    }
    others_ -= wanted ? 0 : 1;
    SignatureLine line;
    line.status = SignatureLine::Status::valid;
    line.key = signature->key;
    line.object = object.key;
    line.version_id = object.version_id;
    lines_.emplace(signature->key, std::move(line));
}

bool NamedSignatures::list_some(DataBucket& data, const std::string& below, const std::string& prefix,
                                const Context& context, const std::function<bool()>& enough) {
    std::size_t looked_at = 0;
    bool whole = true;
    try {
        data.list_versions(below + prefix, [&](const DataBucket::Version& object) {
            context.check_stop();
            if (++looked_at > max_listed_signatures) {
                whole = false;
                return false;
            }
            add(std::string_view(object.key).substr(below.size()), object);
            return !enough || !enough();
        });
    } catch (const CorruptObject& error) { // so many versions of one key that they are not even listed
        context.log.warn(fmt::format("some signatures are left out: {}", error.message()));
        whole = false;
    }
    return whole;
}

void NamedSignatures::list(DataBucket& data, const std::string& below, const Context& context,
                           const std::function<bool()>& enough) {
    if (list_some(data, below, "", context, {})) {
        return;
    }
    cut_ = wanted_.empty();
    for (const auto& key : wanted_) {
        if (enough && enough()) {
            return;
        }
        const auto found = [&] { return has(key); };
        if (!found() && !list_some(data, below, signature_name_prefix(key), context, found)) {
            cut_ = cut_ || !found();
        }
    }
}

std::vector<SignatureLine> NamedSignatures::lines() const {
    std::vector<SignatureLine> lines;
    for (const auto& [key, line] : lines_) {
        lines.push_back(line);
    }
    return lines;
}

} // namespace ds
