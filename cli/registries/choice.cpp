#include "registries/choice.hpp"

#include "base/path.hpp"

#include <fmt/format.h>

namespace ds::cli {

std::string chosen_registry(Cli& cli, const Arguments& args) {
    return args.operand(0).value_or(cli.inside() ? cli.repository().registry_alias()
                                                 : cli.session().default_registry());
}

RegistryEntry registry_entry(Cli& cli, const std::string& alias) {
    for (const auto& entry : cli.session().registries()) {
        if (entry.alias == alias) {
            return entry;
        }
    }
    (void)cli.session().registry(alias); // says what it suggests instead
    throw Error(ErrorKind::not_found, fmt::format("there is no registry '{}'", printable(alias)),
                "dsctl registry list");
}

} // namespace ds::cli
