// Who signed the versions that are published here, as their registries showed it when last asked.
//
//   .dsctl/remotes/<registry>/.signatures.<version>
//   file := "dsctl-signatures 1\n" "objects " N "\n" text{text}
//
// N is how many true signatures the registry had by their names, and objects beside them: with as many, nothing is read again. A text is
// an SSHSIG as it lay there; what is none is left out. The file is a copy: texts are judged over the record that is kept
// here whenever they are looked at, and a damaged file is none.
#pragma once

#include "dataset/repository.hpp"
#include "release/signatures.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Brings what is new. One listing and, for versions whose N changed, one request for each signature without a name.
void save_signatures(Repository& repository, Registry& registry, const std::vector<StoredRecord>& records);

/// The signatures over a record that is kept here, judged by the policy of the registry it is from if there is one;
/// nothing where no registry was asked. Neither reads nor needs one. @throws as signer_policy
[[nodiscard]] std::optional<std::vector<SignatureLine>> known_signers(Repository& repository,
                                                                      const std::string& record);

/// The same of every published version of a dataset in a registry, by version. One listing, and one request for each signature without a name.
[[nodiscard]] std::map<std::string, std::vector<SignatureLine>>
signers_there(Session& session, Registry& registry, const DatasetName& dataset,
              const std::vector<StoredRecord>& records);

} // namespace ds
