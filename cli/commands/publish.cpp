// dsctl publish: a draft becomes immutable.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/plain_copy.hpp"
#include "dataset/share.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string lock_text(const PublishResult& result) {
    if (result.locking == DataBucket::Locking::none) {
        return "nothing is locked: this registry cannot";
    }
    const auto date = [](const std::optional<std::int64_t>& time) {
        return time ? "until " + rfc3339(*time).substr(0, 10) : std::string("not");
    };
    auto text = fmt::format("data locked {}, name locked {} ({})", date(result.packs_locked_until),
                            date(result.record_locked_until), result.retention_mode);
    if (result.locking == DataBucket::Locking::weak) {
        text += ", by file modes: whoever owns the folder can still break it";
    }
    return text;
}

Json time_or_null(const std::optional<std::int64_t>& time) {
    return time ? Json(rfc3339(*time)) : Json();
}

void print_json(Cli& cli, const PublishResult& result, const std::optional<PlainCopyResult>& plain,
                bool dry_run) {
    JsonDocument json(cli.out(), "publish");
    json.member("dry_run", Json(dry_run));
    json.member("registry", Json(result.registry));
    json.member("dataset", Json(result.dataset.str()));
    json.member("version", Json(result.version));
    json.member("digest", Json(digest_str(result.digest)));
    json.member("files", Json(result.manifest.files));
    json.member("symlinks", Json(result.manifest.symlinks));
    json.member("empty_folders", Json(result.manifest.folders));
    json.member("bytes", Json(result.manifest.bytes));
    json.member("sequence", Json(result.sequence));
    json.member("already", Json(result.already));
    json.member("untracked", Json(result.untracked));
    json.member("transfer", stats_json(result.stats));
    json.member("retention_mode", Json(result.retention_mode));
    json.member("packs_locked_until", time_or_null(result.packs_locked_until));
    json.member("record_locked_until", time_or_null(result.record_locked_until));
    json.member("locking", Json(result.locking == DataBucket::Locking::none   ? "none"
                                : result.locking == DataBucket::Locking::weak ? "weak"
                                                                              : "enforced"));
    json.member("signed_by", result.signer ? Json(result.signer->fingerprint()) : Json());
    if (plain) {
        json.member("plain_copy", Json::object()
                                      .set("prefix", Json(plain->prefix))
                                      .set("written", Json(plain->stats.written))
                                      .set("same", Json(plain->stats.same))
                                      .set("bytes", Json(plain->stats.bytes)));
    }
    json.finish();
}

void print_human(Cli& cli, const PublishResult& result, bool dry_run) {
    auto& out = cli.out();
    const auto name = result.dataset.str() + ":" + result.version;
    out.line(fmt::format("{} {} in {}",
                         dry_run          ? "Would publish"
                         : result.already ? "Published before:"
                                          : "Published",
                         cli.style().bold(name), result.registry));
    out.line(fmt::format("  digest  {}", digest_str(result.digest)));
    out.line(fmt::format("  holds   {}, {}", plural(result.manifest.files + result.manifest.symlinks, "file"),
                         human_bytes(result.manifest.bytes)));
    if (dry_run) {
        out.line(fmt::format("  upload  {}", transfer_text(result.stats, "send")));
        out.line(fmt::format("  lock    {}", lock_text(result)));
        return;
    }
    if (!result.already) {
        out.line(fmt::format("  sent    {}", transfer_text(result.stats, "send")));
    }
    out.line(fmt::format("  lock    {}", lock_text(result)));
    if (result.signer) {
        out.line(fmt::format("  signed  by {}", result.signer->fingerprint()));
    }
}

int run_publish(Cli& cli, const Arguments& args) {
    PublishOptions options;
    options.version = args.operand(0);
    options.message = args.value_or("message", "");
    options.registry = args.value("to");
    options.dry_run = args.has("dry-run");
    options.sign_key = args.value("sign");
    options.sign = !args.has("no-sign");
    options.plain = args.has("plain");
    if (options.sign_key && !options.sign) {
        throw Error(ErrorKind::usage, "--sign and --no-sign exclude each other");
    }
    options.confirm = [&](const std::string& text) {
        if (cli.globals().yes) {
            return true;
        }
        cli.info(text);
        return cli.confirm("Publish? This cannot be undone.", true);
    };
    const bool remote = options.version && cli.classify(*options.version) == WordKind::reference;
    if (remote) {
        if (options.registry) {
            throw Error(ErrorKind::usage, "a REF names its registry; --to does not go with it");
        }
        options.version = cli.reference(*options.version).str();
    } else if (options.version) {
        options.version = cli.version_here(*options.version);
    }
    const auto result = remote ? publish_remote(cli.session(), options) : publish(cli.repository(), options);
    std::optional<PlainCopyResult> plain;
    if (options.plain && !options.dry_run) {
        plain = make_plain_copy(cli.session(), result, remote ? nullptr : &cli.repository());
    }
    if (cli.json()) {
        print_json(cli, result, plain, options.dry_run);
    } else if (cli.quiet()) {
        cli.out().line(digest_str(result.digest));
    } else {
        print_human(cli, result, options.dry_run);
        if (plain) {
            cli.out().line(fmt::format("  plain   {} ({}, {} written, {} there already)", plain->prefix,
                                       human_bytes(plain->stats.bytes), grouped(plain->stats.written),
                                       grouped(plain->stats.same)));
        }
    }
    return 0;
}

} // namespace

CommandSpec command_publish() {
    return CommandSpec("publish", Group::release, 1, "Seal a draft: its content never changes again")
        .option('m', "message", "TEXT", "what this version is, for its record")
        .option(0, "to", "REGISTRY", "publish in this registry instead of the dataset's own",
                Complete::registry)
        .option(0, "sign", "KEY",
                "sign with this Ed25519 key: a private key file, or a .pub file for ssh-agent (default: "
                "sign.key)",
                Complete::path)
        .flag(0, "plain", "also a plain copy, locked as well, for programs that read plain objects only")
        .flag(0, "no-sign", "do not sign, though sign.key is set")
        .flag('n', "dry-run", "only say what would be sent and locked")
        .operand("VERSION|REF", Count::optional, Complete::version)
        .json()
        .runs(run_publish);
}

} // namespace ds::cli
