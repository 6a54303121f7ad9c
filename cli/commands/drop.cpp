// dsctl drop: a draft goes away.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/versions.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_drop(Cli& cli, const Arguments& args) {
    const auto word = *args.operand(0);
    const bool remote = cli.classify(word) == WordKind::reference;
    std::string name = version_word(word);
    if (remote) {
        const auto ref = cli.reference(word);
        name = ref.str();
        if (!cli.confirm(fmt::format("Drop {} in its registry?", name), true)) {
            throw Error(ErrorKind::failure, "not dropped: not confirmed", "dsctl drop --yes " + name);
        }
        drop_remote(cli.session(), ref, args.has("force") || cli.globals().yes);
        if (auto* repository = cli.repository_if_any(); repository != nullptr &&
                                                        ref.ns == repository->name().ns() &&
                                                        ref.name == repository->name().name()) {
            const auto lock = repository->lock();
            repository->save_remote(*ref.registry, ref.version->str(), "");
            repository->history().remove_remote(*ref.registry, ref.version->str());
        }
    } else {
        drop(cli.repository(), name, args.has("force"), cli.globals().yes);
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "drop");
        json.member("dropped", Json(name));
        json.finish();
    } else {
        cli.out().line(cli.quiet() ? name : "dropped draft " + printable(name));
    }
    return 0;
}

} // namespace

CommandSpec command_drop() {
    return CommandSpec("drop", Group::versions, 5, "Remove a draft, here or (with a REF) in its registry")
        .flag('f', "force", "also commits that nothing else holds, and a draft that is in use")
        .operand("VERSION|REF", Count::one, Complete::version)
        .json()
        .runs(run_drop);
}

} // namespace ds::cli
