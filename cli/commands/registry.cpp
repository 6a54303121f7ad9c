// dsctl registry: which registries there are, and what is in them.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/session.hpp"
#include "dataset/settings.hpp"
#include "dataset/visible.hpp"
#include "os/file.hpp"
#include "registries/check.hpp"
#include "registries/choice.hpp"
#include "registries/policy.hpp"
#include "registries/renew.hpp"
#include "registries/search.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// Options go into the registry's section of the configuration under their own names.
RegistryOptions settings_of(const Arguments& args) {
    RegistryOptions settings;
    for (const auto key : registry_settings()) {
        if (const auto value = args.value(std::string(key))) {
            const bool is_path = key == "ca-bundle" || key == "credentials-dir";
            settings.emplace(key, is_path ? absolute_path(*value) : *value);
        }
    }
    return settings;
}

CommandSpec with_settings(CommandSpec spec) {
    return std::move(spec)
        .option(0, "control-bucket", "NAME", "S3: bucket for what changes; default: BUCKET-ctl")
        .option(0, "endpoint", "URL", "S3: where the bucket of an s3:// URL is")
        .option(0, "region", "NAME", "S3: the region to sign for")
        .option(0, "ca-bundle", "FILE", "S3: certificates (PEM) of the only authorities to trust")
        .option(0, "profile", "NAME", "S3: profile in the shared credentials files")
        .option(0, "credentials-dir", "DIR", "S3: folder with the files accessKeyID and accessKeySecret")
        .option(0, "limit-rate", "SIZE", "S3: bytes a second, up and down, as 20M")
        .option(0, "timeout", "SECONDS", "S3: how long the server may be silent; default: 60");
}

std::string_view locking_word(DataBucket::Locking locking) {
    switch (locking) {
    case DataBucket::Locking::none:
        return "none";
    case DataBucket::Locking::weak:
        return "weak";
    case DataBucket::Locking::enforced:
        return "enforced";
    }
    return "";
}

std::string locking_text(DataBucket::Locking locking) {
    switch (locking) {
    case DataBucket::Locking::none:
        return "none: versions cannot be published here";
    case DataBucket::Locking::weak:
        return "weak: read-only files, which the folder's owner can undo";
    case DataBucket::Locking::enforced:
        return "enforced by the storage";
    }
    return "";
}

Json entry_json_of(const RegistryEntry& entry) {
    Json json = Json::object();
    json.set("name", Json(entry.alias)).set("url", Json(entry.url)).set("default", Json(entry.is_default));
    set_bytes(json, "configured_in", entry.origin);
    return json;
}

void print_changed(Cli& cli, const std::string& what, const std::string& name, std::string_view schema) {
    if (cli.json()) {
        JsonDocument json(cli.out(), schema);
        json.member("name", Json(name));
        json.finish();
    } else {
        cli.out().line(cli.quiet() ? name : what);
    }
}

int run_add(Cli& cli, const Arguments& args) {
    const auto name = *args.operand(0);
    const auto url = canonical_url(*args.operand(1));
    registry_add(cli.session(), name, url, settings_of(args));
    print_changed(cli, fmt::format("added registry {} at {}", name, printable(url)), name, "registry-add");
    try {
        (void)cli.session().registry(name);
    } catch (const Error& error) { // it is configured all the same
        cli.warn(error.message());
        cli.hint(error.kind() == ErrorKind::not_found || error.hint().empty()
                     ? fmt::format("dsctl registry init {} {}", name, printable(url))
                     : error.hint());
    }
    return 0;
}

int run_init(Cli& cli, const Arguments& args) {
    const auto name = *args.operand(0);
    check_component(name, "registry");
    const auto url = canonical_url(*args.operand(1));
    const auto settings = settings_of(args);
    for (const auto& entry : cli.session().registries()) {
        if (entry.alias == name && entry.url != url) {
            registry_add(cli.session(), name, url,
                         settings); // says that the name is taken, before anything is made
        }
    }
    RegistryDescription wanted;
    wanted.id = random_hex(16);
    const auto mode = args.value_or("retention", "compliance");
    wanted.retention_mode = retention_word(mode == "compliance"   ? RetentionMode::compliance
                                           : mode == "governance" ? RetentionMode::governance
                                                                  : RetentionMode::none);
    wanted.pack_days =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(args.number("pack-days").value_or(365), 36500));
    wanted.record_days =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(args.number("record-days").value_or(3650), 36500));
    wanted.created = cli.session().now();
    const auto registry =
        Registry::init(name, url, wanted, bucket_settings_of(cli.session(), name, settings));
    registry_add(cli.session(), name, url, settings);
    const auto& made = registry->description();
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-init");
        json.member("name", Json(name));
        json.member("url", Json(url));
        json.member("id", Json(made.id));
        json.member("retention_mode", Json(made.retention_mode));
        json.member("pack_days", Json(made.pack_days));
        json.member("record_days", Json(made.record_days));
        json.member("locking", Json(locking_word(registry->locking())));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(name);
    } else {
        cli.out().line(fmt::format("registry {} is ready at {}", name, printable(url)));
        if (made.retention_mode == "none") {
            cli.out().line("  retention  none: it takes drafts only, nothing can be published in it");
        } else {
            cli.out().line(fmt::format(
                "  retention  {}: content of a published version is locked for {}, its name for {};",
                made.retention_mode, plural(made.pack_days, "day"), plural(made.record_days, "day")));
            cli.out().line(
                "             after that it can become unreadable, but its name is never free again");
        }
        cli.out().line("  locking    " + locking_text(registry->locking()));
    }
    return 0;
}

int run_list(Cli& cli, const Arguments&) {
    const auto entries = cli.session().registries();
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-list");
        json.begin_array("registries");
        for (const auto& entry : entries) {
            json.item(entry_json_of(entry));
        }
        json.end_array();
        json.finish();
        return 0;
    }
    Table table;
    table.column("  NAME").column("URL").column("CONFIGURED IN");
    for (const auto& entry : entries) {
        if (cli.quiet()) {
            cli.out().line(entry.alias);
        }
        table.row(
            {(entry.is_default ? "* " : "  ") + entry.alias, printable(entry.url), printable(entry.origin)});
    }
    if (!cli.quiet()) {
        cli.out().write(table.text(cli.style()));
    }
    return 0;
}

int run_show(Cli& cli, const Arguments& args) {
    const auto entry = registry_entry(cli, chosen_registry(cli, args));
    auto& registry = cli.session().registry(entry.alias);
    const auto& description = registry.description();
    const auto visible = visible_datasets(registry, {}, known_namespaces(cli));
    const auto datasets = visible.datasets.size();
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-show");
        json.member("registry", entry_json_of(entry));
        json.member("id", Json(description.id));
        json.member("created", Json(rfc3339(description.created)));
        json.member("retention_mode", Json(description.retention_mode));
        json.member("pack_days", Json(description.pack_days));
        json.member("record_days", Json(description.record_days));
        json.member("locking", Json(locking_word(registry.locking())));
        json.member("datasets", Json(static_cast<std::uint64_t>(datasets)));
        json.member("datasets_complete", Json(!visible.only));
        json.finish();
        return 0;
    }
    auto& out = cli.out();
    if (cli.quiet()) {
        out.line(entry.url);
        return 0;
    }
    out.line(
        fmt::format("name       {}{}", cli.style().bold(entry.alias), entry.is_default ? " (default)" : ""));
    out.line(fmt::format("url        {}", printable(entry.url)));
    out.line(fmt::format("set in     {}", printable(entry.origin)));
    out.line(fmt::format("id         {}", description.id));
    out.line(fmt::format("created    {}", rfc3339(description.created)));
    out.line(description.retention_mode == "none"
                 ? std::string("retention  none: it takes drafts only")
                 : fmt::format("retention  {}, content {}, names {}", description.retention_mode,
                               plural(description.pack_days, "day"), plural(description.record_days, "day")));
    out.line("locking    " + locking_text(registry.locking()));
    out.line(fmt::format(
        "holds      {}{}", plural(datasets, "dataset"),
        visible.only ? fmt::format(" in {}; the rest is not shown to you", fmt::join(*visible.only, ", "))
                     : ""));
    return 0;
}

int run_default(Cli& cli, const Arguments& args) {
    if (const auto name = args.operand(0)) {
        (void)registry_entry(cli, *name);
        registry_set_default(cli.session(), *name);
        print_changed(cli, fmt::format("{} is the default registry", *name), *name, "registry-default");
    } else {
        const auto name_now = cli.session().default_registry();
        print_changed(cli, name_now, name_now, "registry-default");
    }
    return 0;
}

int run_remove(Cli& cli, const Arguments& args) {
    const auto name = *args.operand(0);
    registry_remove(cli.session(), name);
    print_changed(cli, fmt::format("registry {} is forgotten; its data was not touched", name), name,
                  "registry-remove");
    return 0;
}

} // namespace

CommandSpec command_registry() {
    return CommandSpec("registry", Group::registry, 1, "Configure, make and look at registries")
        .child(with_settings(CommandSpec("add", "Give a registry that exists a name on this machine"))
                   .operand("NAME", Count::one)
                   .operand("URL", Count::one, Complete::folder)
                   .json()
                   .runs(run_add))
        .child(with_settings(CommandSpec("init", "Make a new registry, and give it a name on this machine")
                                 .choice(0, "retention", "MODE", {"compliance", "governance", "none"},
                                         "how what is published is locked; default: compliance")
                                 .option(0, "pack-days", "N", "how long content is locked; default: 365")
                                 .option(0, "record-days", "N", "how long names are locked; default: 3650"))
                   .operand("NAME", Count::one)
                   .operand("URL", Count::one, Complete::folder)
                   .json()
                   .runs(run_init))
        .child(CommandSpec("list", "List the registries this machine knows").json().runs(run_list))
        .child(CommandSpec("show", "Show the settings of a registry")
                   .operand("NAME", Count::optional, Complete::registry)
                   .json()
                   .runs(run_show))
        .child(registry_check_command())
        .child(registry_policy_command())
        .child(CommandSpec("default", "Show or choose the default registry")
                   .operand("NAME", Count::optional, Complete::registry)
                   .json()
                   .runs(run_default))
        .child(CommandSpec("remove", "Forget a registry; its data stays")
                   .operand("NAME", Count::one, Complete::registry)
                   .json()
                   .runs(run_remove))
        .child(registry_renew_command())
        .child(registry_search_command());
}

} // namespace ds::cli
