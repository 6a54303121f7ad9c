// That somebody used a version: a document of one line, in the user's own log and, where that may be, in the registry. A
// claim of whoever wrote it, never a proof: it is parsed strictly and only ever shown.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// "dsctl.use/1". JSON: schema, registry_id (32 hex), dataset, version, [digest], commit (40 hex), action, time, user, host,
/// [run: {source, id, [job]}].
struct UseRecord {
    std::string registry_id;
    std::string dataset; ///< "ns/name"
    std::string version;
    std::optional<Sha256> digest; ///< of a published version
    std::string commit;           ///< 40 hex digits
    std::string action;           ///< "mount", "get" or "clone"
    std::int64_t time = 0;
    std::string user;
    std::string host;
    /// The experiment it was used in, as the environment tells.
    struct Run {
        std::string source; ///< "dsctl", "mlflow", "kubeflow", "jupyter", …
        std::string id;
        std::string job; ///< what the run is one of; may be empty
    };
    std::optional<Run> run;

    /// On one line, a line end behind it. Texts of the environment are cut and cleaned so that parse() takes them.
    [[nodiscard]] std::string text() const;
    /// @throws CorruptObject; Error(failure) for a newer format
    [[nodiscard]] static UseRecord parse(ByteView text, std::string_view what);
};

inline constexpr std::size_t max_use_record_bytes = 4096;
/// Of user, host and the texts of a run.
inline constexpr std::size_t max_use_text_bytes = 256;

} // namespace ds
