// dsctl config: settings, in git's syntax.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/settings.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

Config::Level level_of(Cli& cli, const Arguments& args) {
    if (args.has("global") && args.has("system")) {
        throw Error(ErrorKind::usage, "--global and --system exclude each other");
    }
    if (args.has("system")) {
        return Config::Level::system;
    }
    return args.has("global") || !cli.inside() ? Config::Level::user : Config::Level::repository;
}

std::string_view place_of(Config::Level level) {
    switch (level) {
    case Config::Level::system:
        return "for this machine";
    case Config::Level::user:
        return "for this user";
    case Config::Level::repository:
        return "in this checkout";
    }
    return "";
}

Json value_json(const ConfigValue& value) {
    Json json = Json::object();
    json.set("key", Json(value.key));
    set_bytes(json, "value", value.value);
    set_bytes(json, "origin", value.origin);
    return json;
}

int run_get(Cli& cli, const Arguments& args) {
    const auto key = *args.operand(0);
    auto& config = cli.session().config();
    const auto value = config.get(key);
    if (!value) {
        const auto near = is_known_setting(key) ? "" : similar_setting(key);
        throw Error(ErrorKind::not_found, fmt::format("'{}' is not set", printable(key)),
                    near.empty() ? "dsctl config list" : fmt::format("did you mean '{}'?", near));
    }
    ConfigValue found{key, *value, ""};
    for (const auto& candidate : config.list()) {
        if (candidate.key == key && candidate.value == *value) {
            found = candidate;
        }
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "config-get");
        json.member("setting", value_json(found));
        json.finish();
    } else {
        cli.out().line((args.has("show-origin") ? printable(found.origin) + "\t" : "") + printable(*value));
    }
    return 0;
}

int run_set(Cli& cli, const Arguments& args) {
    const auto key = *args.operand(0);
    const auto value = args.operand(1);
    const bool unset = args.has("unset");
    if (unset == value.has_value()) {
        throw Error(ErrorKind::usage, unset ? "--unset takes no value" : "VALUE is missing",
                    "dsctl config set KEY VALUE, or dsctl config set --unset KEY");
    }
    auto& config = cli.session().config();
    if (unset) {
        if (!config.unset(level_of(cli, args), key)) {
            throw Error(ErrorKind::not_found,
                        fmt::format("'{}' is not set {}", printable(key), place_of(level_of(cli, args))),
                        "dsctl config list --show-origin");
        }
    } else {
        check_setting(key, *value);
        config.set(level_of(cli, args), key, *value);
        // Other tools may keep theirs here; a mistyped one should not pass for heeded.
        if (!is_known_setting(key)) {
            const auto near = similar_setting(key);
            cli.warn(fmt::format("dsctl reads no setting '{}'{}", printable(key),
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
        }
    }
    return 0;
}

int run_list(Cli& cli, const Arguments& args) {
    const auto values = cli.session().config().list();
    if (cli.json()) {
        JsonDocument json(cli.out(), "config-list");
        json.begin_array("settings");
        for (const auto& value : values) {
            json.item(value_json(value));
        }
        json.end_array();
        json.finish();
        return 0;
    }
    for (const auto& value : values) {
        cli.out().line((args.has("show-origin") ? printable(value.origin) + "\t" : "") +
                       printable(value.key) + "=" + printable(value.value));
    }
    return 0;
}

} // namespace

CommandSpec command_config() {
    return CommandSpec("config", Group::upkeep, 3, "Read and write settings")
        .child(CommandSpec("get", "Print the value of a setting")
                   .flag(0, "show-origin", "also the file it comes from")
                   .operand("KEY", Count::one, Complete::config_key)
                   .json()
                   .runs(run_get))
        .child(CommandSpec("set", "Change a setting of this checkout")
                   .flag(0, "global", "of this user instead (the default outside of a checkout)")
                   .flag(0, "system", "of this machine instead")
                   .flag(0, "unset", "remove the setting")
                   .operand("KEY", Count::one, Complete::config_key)
                   .operand("VALUE", Count::optional)
                   .runs(run_set))
        .child(CommandSpec("list", "Print every setting, the weakest first")
                   .flag(0, "show-origin", "also the file each comes from")
                   .json()
                   .runs(run_list));
}

} // namespace ds::cli
