#include "signature_view.hpp"

#include "base/path.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string key_text(const SignatureLine& line) {
    return line.key ? line.key->fingerprint() : "something that is no signature";
}

/// What a signature is worth, as the end of a sentence about it.
std::string_view status_text(SignatureLine::Status status) {
    switch (status) {
    case SignatureLine::Status::counted:
        return "allowed";
    case SignatureLine::Status::valid:
        return "it signed this; whether it may is not configured";
    case SignatureLine::Status::repeated:
        return "not counted: this signer was counted already";
    case SignatureLine::Status::unknown_key:
        return "not counted: no allowed signer has this key";
    case SignatureLine::Status::other_purpose:
        return "not counted: the key or its signature is for another namespace";
    case SignatureLine::Status::not_yet_valid:
        return "not counted: the key was not valid yet";
    case SignatureLine::Status::expired:
        return "not counted: the key had expired";
    case SignatureLine::Status::other_text:
        return "not counted: it did not sign this version";
    case SignatureLine::Status::malformed:
        break;
    }
    return "not counted";
}

} // namespace

std::string signature_text(const SignatureLine& line) {
    return fmt::format("{}{}{}: {}", printable(line.principals), line.principals.empty() ? "" : " ",
                       key_text(line), status_text(line.status));
}

Json signature_json(const SignatureLine& line) {
    Json json = Json::object();
    json.set("key", line.key ? Json(line.key->fingerprint()) : Json());
    json.set("principals", line.principals.empty() ? Json() : Json(line.principals));
    json.set("status", Json(signature_status_str(line.status)));
    return json;
}

Json signers_json(const std::optional<std::vector<SignatureLine>>& signers) {
    if (!signers) {
        return {};
    }
    Json list = Json::array();
    for (const auto& line : *signers) {
        list.push(signature_json(line));
    }
    return list;
}

} // namespace ds::cli
