// argv against the real command tree.
#include "base/error.hpp"
#include "help.hpp"
#include "parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace ds::cli;

namespace {

struct Parsed {
    Globals globals;
    Arguments arguments;
    std::string command;
};

const std::vector<CommandSpec>& tree() {
    static const auto commands = all_commands();
    return commands;
}

Parsed parse(std::vector<std::string> argv) {
    Globals globals;
    const auto invocation = parse_command_line(tree(), std::move(argv), globals);
    Parsed parsed{invocation.globals, invocation.arguments, ""};
    for (const auto* spec : invocation.path) {
        parsed.command += (parsed.command.empty() ? "" : " ") + spec->name;
    }
    return parsed;
}

/// The error that a command line gives: "message | hint".
std::string refused(std::vector<std::string> argv) {
    try {
        (void)parse(std::move(argv));
    } catch (const ds::Error& error) {
        CHECK(error.kind() == ds::ErrorKind::usage);
        return error.message() + " | " + error.hint();
    }
    return "accepted";
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("parser: global options stand before and behind the command") {
    for (const auto& argv :
         {Words{"-C", "/tmp", "--json", "status", "-s"}, Words{"status", "-s", "--json", "-C", "/tmp"},
          Words{"status", "-s", "--directory=/tmp", "--json"},
          Words{"-C/tmp", "status", "--json", "--short"}}) {
        const auto parsed = parse(argv);
        CHECK(parsed.command == "status");
        CHECK(parsed.globals.directory == "/tmp");
        CHECK(parsed.globals.json);
        CHECK(parsed.arguments.has("short"));
    }
}

TEST_CASE("parser: options of all forms") {
    CHECK(parse({"commit", "-am", "text"}).arguments.value("message") == "text");
    CHECK(parse({"commit", "-mtext"}).arguments.value("message") == "text");
    CHECK(parse({"commit", "--message=text"}).arguments.value("message") == "text");
    CHECK(parse({"commit", "--message=", "-a"}).arguments.value("message") == "");
    CHECK(parse({"commit", "-m", "-a"}).arguments.value("message") == "-a");
    CHECK(parse({"commit", "-m", "[a,b]"}).arguments.value("message") == "[a,b]");
    CHECK(parse({"commit", "-m", "++"}).arguments.value("message") == "++");
    CHECK(parse({"commit", "-m", "one", "-m", "two"}).arguments.values("message") == Words{"one", "two"});
    CHECK(parse({"log", "-n5"}).arguments.number("max-count") == 5);
    CHECK(parse({"log", "-n", "5"}).arguments.number("max-count") == 5);
    CHECK_THROWS_AS((void)parse({"log", "-n", "x"}).arguments.number("max-count"), ds::Error);
    const auto ls = parse({"ls", "-lR", "a"});
    CHECK(ls.arguments.has("long"));
    CHECK(ls.arguments.has("recursive"));
    CHECK(parse({"clone", "--include", "a", "x/y", "--include", "b", "dir"}).arguments.words ==
          Words{"x/y", "dir"});
}

TEST_CASE("parser: operands are names of any bytes") {
    for (const auto* name :
         {"[a,b]", "++", "-", "a=b", "%x", "{}", " ", "\x01", "\xff", "caf\u00e9", "a b", "~", "'q'"}) {
        CHECK_MESSAGE(parse({"add", name}).arguments.words == Words{name}, name);
        CHECK_MESSAGE(parse({"add", "--", name}).arguments.all() == Words{name}, name);
    }
    for (const auto* name : {"-n", "--all", "--", "-"}) {
        CHECK_MESSAGE(parse({"add", "--", name}).arguments.all() == Words{name}, name);
    }
    CHECK(parse({"add", "a", "-n", "b", "--", "c"}).arguments.all() == Words{"a", "b", "c"});
}

TEST_CASE("parser: -- parts revisions from paths") {
    const auto parsed = parse({"log", "v1", "--oneline", "--", "v1", "-x"});
    CHECK(parsed.arguments.words == Words{"v1"});
    CHECK(parsed.arguments.after_dashes == Words{"v1", "-x"});
    CHECK(refused({"diff", "a", "b", "c"}).starts_with("unexpected operand 'c' (paths stand behind --)"));
}

TEST_CASE("parser: commands of groups") {
    CHECK(parse({"registry", "add", "lab", "/srv"}).command == "registry add");
    CHECK(parse({"registry", "--json", "list"}).globals.json);
    CHECK(parse({"registry"}).command == "registry");
    CHECK(parse({}).command.empty());
    CHECK(refused({"registry", "lst"}) == "'lst' is not a dsctl registry command | did you mean 'list'?");
}

TEST_CASE("parser: suggestions for what was misspelt") {
    CHECK(refused({"pusg"}) == "'pusg' is not a dsctl command | did you mean 'push'?");
    CHECK(refused({"comit", "-m", "x"}) == "'comit' is not a dsctl command | did you mean 'commit'?");
    CHECK(refused({"qqqqqqqqq"}) == "'qqqqqqqqq' is not a dsctl command | dsctl help");
    CHECK(refused({"commit", "--amned"}) == "dsctl commit has no option '--amned' | did you mean '--amend'?");
    CHECK(refused({"--jsn", "status"}) == "dsctl has no option '--jsn' | did you mean '--json'?");
    CHECK(refused({"status", "-Q"}) == "dsctl status has no option '-Q' | dsctl help status");
    CHECK(refused({"a\x1b[31mb"}).find('\x1b') == std::string::npos);
}

TEST_CASE("parser: wrong use") {
    CHECK(refused({"mv", "a"}) == "TO is missing | dsctl help mv");
    CHECK(refused({"clone"}) == "REF is missing | dsctl help clone");
    CHECK(refused({"commit", "-m"}).find("needs a value") != std::string::npos);
    CHECK(refused({"commit", "extra"}) == "unexpected operand 'extra' | dsctl help commit");
    CHECK(refused({"commit", "--amend=yes"}) == "option --amend takes no value | dsctl help commit");
    CHECK(refused({"status", "--color", "blue"})
              .starts_with("--color is one of auto, always, never, not 'blue'"));
    CHECK(refused({"cat", "--json", "x"}).starts_with("dsctl cat has no JSON form"));
    CHECK(refused({"commit", "-z", "-m", "x"}).starts_with("dsctl commit prints no paths"));
}

TEST_CASE("parser: --help needs no operands") {
    CHECK(parse({"clone", "--help"}).globals.help);
    CHECK(parse({"-h", "clone"}).globals.help);
    CHECK(parse({"--version"}).globals.version);
}

namespace {

void check_spec(const CommandSpec& spec, const std::string& path) {
    INFO(path);
    CHECK_FALSE(spec.summary.empty());
    CHECK_FALSE(spec.summary.ends_with("."));
    CHECK((spec.children.empty() ? bool(spec.run) : !spec.run));
    std::set<std::string> names;
    for (const auto& option : spec.options) {
        CHECK(names.insert("--" + option.name).second);
        CHECK((option.letter == 0 || names.insert(std::string(1, option.letter)).second));
        CHECK_FALSE(option.help.empty());
        for (const auto& global : global_options()) {
            CHECK(option.name != global.name);
            CHECK((option.letter == 0 || option.letter != global.letter));
        }
    }
    for (std::size_t i = 0; i + 1 < spec.operands.size(); ++i) {
        const bool open_ended = spec.operands[i].count == Count::any || spec.operands[i].count == Count::some;
        CHECK((!open_ended || spec.operands[i + 1].after_dashes));
    }
    for (const auto& child : spec.children) {
        check_spec(child, path + " " + child.name);
    }
}

} // namespace

TEST_CASE("commands: the tree is sound, every command has prose") {
    std::set<std::string> names;
    for (const auto& spec : tree()) {
        check_spec(spec, spec.name);
        CHECK(names.insert(spec.name).second);
        if (!spec.hidden) {
            const auto sections = prose_sections(prose(spec.name));
            REQUIRE_MESSAGE(sections.size() >= 2, spec.name);
            CHECK(sections.front().title == "DESCRIPTION");
            CHECK(sections.back().title == "EXAMPLES");
        }
    }
    CHECK(names.size() >= 46 + 3); // more than nothing was looked at
}

TEST_CASE("man: roff of what is special") {
    const auto commands_shown = static_cast<std::size_t>(
        std::count_if(tree().begin(), tree().end(), [](const CommandSpec& spec) { return !spec.hidden; }));
    const auto pages = manual_pages(tree());
    std::size_t commands = 0;
    for (const auto& [name, text] : pages) {
        INFO(name);
        if (name.ends_with(".1")) {
            ++commands;
            CHECK(text.find(".SH EXIT STATUS\n") != std::string::npos);
        }
        CHECK(text.find('`') == std::string::npos);
        for (std::size_t at = text.find("\n."); at != std::string::npos; at = text.find("\n.", at + 1)) {
            // A line that begins with a dot is a request: text that does is escaped.
            const auto next = text[at + 2];
            CHECK((next == '\\' || (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z')));
        }
    }
    CHECK(commands == commands_shown + 1); // and dsctl itself
}
