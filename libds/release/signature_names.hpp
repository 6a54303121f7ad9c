// Signatures by the names of their objects: what a listing says is all that has to be read.
//
//   data  <ns>/<name>/signatures/<version>/<key>.<signature>
//   key := 64 hex digits, the Ed25519 point    signature := 128 hex digits, what the key made of the record with SHA-512
//
// The name proves itself: one that was not made with the key does not verify, whoever put it there and whatever the object
// holds. So junk costs a reader no request, a thousand of it one page of a listing, and who may sign is looked for by name
// where there is too much of it to look at all. The object holds the same as an SSHSIG text, for other people's tools.
#pragma once

#include "base/context.hpp"
#include "codec/sshsig.hpp"
#include "registry/bucket.hpp"
#include "release/signatures.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Objects looked at below a version; with a policy as many more for each of its keys.
inline constexpr std::size_t max_listed_signatures = 20'000;

/// The last part of a signature's key. @param signature made with SHA-512, for publish_purpose
[[nodiscard]] std::string signature_name(const SshSignature& signature);
/// What a name says; nothing for one that says nothing. Whether it is true only SshSignature::covers() tells.
[[nodiscard]] std::optional<SshSignature> parse_signature_name(std::string_view name);
/// How the names of all signatures by a key begin.
[[nodiscard]] std::string signature_name_prefix(const SshPublicKey& key);

/// The true signatures among the objects of a listing: one a key, the oldest object of its first name. One thread.
class NamedSignatures {
  public:
    /// @param text the record's; outlives this @param wanted keys whose signatures are kept whatever else there is
    /// @param others how many of other keys are kept
    NamedSignatures(ByteView text, std::vector<SshPublicKey> wanted, std::size_t others);

    /// @param name the part of the object's key behind the version's
    void add(std::string_view name, const DataBucket::Version& object);
    /// Takes what is listed below a version's signatures, and where that is too much, what is listed of each wanted key.
    /// @param below ends in '/' @param enough asked after each of those keys; may be empty
    void list(DataBucket& data, const std::string& below, const Context& context,
              const std::function<bool()>& enough);

    [[nodiscard]] bool has(const SshPublicKey& key) const { return lines_.contains(key); }
    /// Whether there was more than was looked at or kept.
    [[nodiscard]] bool cut() const noexcept { return cut_; }
    [[nodiscard]] std::vector<SignatureLine> lines() const;

  private:
    /// @returns false when not all was looked at
    bool list_some(DataBucket& data, const std::string& below, const std::string& prefix,
                   const Context& context, const std::function<bool()>& enough);

    ByteView text_;
    std::vector<SshPublicKey> wanted_; ///< sorted
    std::size_t others_;
    bool cut_ = false;
    std::map<SshPublicKey, SignatureLine> lines_;
};

} // namespace ds
