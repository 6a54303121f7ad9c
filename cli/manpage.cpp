// Manual pages, in the man macros every system has.
#include "help.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

/// Text as roff takes it: no requests by accident, hyphens that can be copied.
std::string escaped(std::string_view text) {
    std::string out;
    bool line_start = true;
    for (const char c : text) {
        if (line_start && (c == '.' || c == '\'')) {
            out += "\\&";
        }
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
        line_start = c == '\n';
    }
    return out;
}

std::string bold(std::string_view text) {
    return "\\fB" + escaped(text) + "\\fR";
}

/// As escaped(), with `code` in bold.
std::string with_code(std::string_view text) {
    std::string out;
    while (true) {
        const auto begin = text.find('`');
        const auto end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
        if (end == std::string_view::npos) {
            return out + escaped(text);
        }
        out += escaped(text.substr(0, begin)) + bold(text.substr(begin + 1, end - begin - 1));
        text.remove_prefix(end + 1);
    }
}

/// The format is described at prose().
std::string prose_roff(std::string_view text) {
    std::string out;
    bool literal = false;
    bool list = false;
    bool fresh = true; // nothing since the heading: no paragraph break
    bool blank = false;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const bool is_literal = line.starts_with("    ");
        if (literal && !is_literal && !line.empty()) {
            out += ".fi\n.RE\n";
            literal = false;
            blank = true;
        }
        if (line.empty()) {
            blank = true;
            continue;
        }
        if (is_literal) {
            if (!literal) {
                out += std::string(fresh ? "" : ".PP\n") + ".RS 4\n.nf\n";
            } else if (blank) {
                out += "\n";
            }
            literal = true;
            out += escaped(line.substr(4)) + "\n";
        } else if (line.starts_with("- ")) {
            out += ".IP \\(bu 2\n" + with_code(line.substr(2)) + "\n";
            list = true;
        } else {
            if ((blank || (list && !line.starts_with("  "))) && !fresh) {
                out += ".PP\n";
                list = false;
            }
            out += with_code(line.substr(line.find_first_not_of(' '))) + "\n";
        }
        blank = false;
        fresh = false;
    }
    if (literal) {
        out += ".fi\n.RE\n";
    }
    return out;
}

std::string options_roff(const std::vector<OptionSpec>& options) {
    std::string out;
    for (const auto& option : options) {
        out += ".TP\n";
        if (option.letter != 0) {
            out += bold(std::string("-") + option.letter) + ", ";
        }
        out += bold("--" + option.name);
        if (!option.value.empty()) {
            out += " \\fI" + escaped(option.value) + "\\fR";
        }
        out += "\n" + escaped(option.help);
        if (!option.choices.empty()) {
            out += escaped(fmt::format(" ({})", fmt::join(option.choices, ", ")));
        }
        out += "\n";
    }
    return out;
}

std::string exit_roff() {
    std::string out = ".SH EXIT STATUS\n";
    for (const auto& status : exit_statuses()) {
        out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", status.code, escaped(status.meaning));
    }
    return out;
}

std::string header(const std::string& name, const std::string& summary, int section = 1) {
    std::string upper = name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    auto lower = summary;
    if (lower.size() > 1 && !(lower[1] >= 'A' && lower[1] <= 'Z')) {
        lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
    }
    return fmt::format(".\\\" Made by dsctl from its command tree and man/prose; do not edit.\n"
                       ".TH {} {} \"\" \"{}\" \"dsctl manual\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
                       escaped(upper), section, escaped(version_line()), escaped(name), escaped(lower));
}

std::string usage_roff(const std::string& before, const CommandSpec& spec) {
    const auto usage = spec.usage();
    const auto space = usage.find(' ');
    return bold(before + usage.substr(0, space)) +
           (space == std::string::npos ? "" : "\n" + escaped(usage.substr(space + 1))) + "\n";
}

std::string command_page(const CommandSpec& spec, const std::vector<CommandSpec>& commands) {
    std::string page = header("dsctl-" + spec.name, spec.summary) + ".SH SYNOPSIS\n";
    if (spec.children.empty()) {
        page += usage_roff("dsctl ", spec);
    }
    for (const auto& child : spec.children) {
        page +=
            (&child == &spec.children.front() ? "" : ".br\n") + usage_roff("dsctl " + spec.name + " ", child);
    }
    const auto sections = prose_sections(prose(spec.name));
    const auto add_section = [&](std::string_view title) {
        for (const auto& section : sections) {
            if (section.title == title) {
                page += fmt::format(".SH {}\n", title) + prose_roff(section.text);
            }
        }
    };
    add_section("DESCRIPTION");
    if (!spec.children.empty()) {
        page += ".SH COMMANDS\n";
        for (const auto& child : spec.children) {
            page += fmt::format(".SS \"{}\"\n{}.\n", escaped(child.usage()), escaped(child.summary));
            page += options_roff(child.options);
        }
    }
    page += ".SH OPTIONS\n" + options_roff(spec.options);
    page += std::string(spec.options.empty() ? "" : ".PP\n") + "Options of every command are in " +
            bold("dsctl") + "(1).";
    const auto prints = [&](bool CommandSpec::*what) {
        return spec.*what || std::any_of(spec.children.begin(), spec.children.end(),
                                         [&](const auto& child) { return child.*what; });
    };
    if (prints(&CommandSpec::prints_json)) {
        page += " With " + bold("--json") + " one JSON document is printed.";
    }
    if (prints(&CommandSpec::prints_paths)) {
        page += " With " + bold("-z") + " paths are printed as they are, each ended by a NUL byte.";
    }
    page += "\n";
    for (const auto& section : sections) {
        if (section.title != "DESCRIPTION" && section.title != "EXAMPLES") {
            add_section(section.title);
        }
    }
    add_section("EXAMPLES");
    page += exit_roff() + ".SH SEE ALSO\n" + bold("dsctl") + "(1)";
    for (const auto& other : commands) {
        if (other.group == spec.group && other.name != spec.name && !other.hidden) {
            page += ",\n" + bold("dsctl-" + other.name) + "(1)";
        }
    }
    return page + "\n";
}

std::string main_page(const std::vector<CommandSpec>& commands) {
    std::string page = header("dsctl", "versioned datasets: git's habits, for data of any size");
    page += ".SH SYNOPSIS\n" + bold("dsctl") + "\n[options] COMMAND [...]\n";
    const auto sections = prose_sections(prose("dsctl"));
    for (const auto& section : sections) {
        if (section.title == "DESCRIPTION") {
            page += ".SH DESCRIPTION\n" + prose_roff(section.text);
        }
    }
    page += ".SH COMMANDS\n";
    std::optional<Group> group;
    for (const auto& spec : commands) {
        if (spec.hidden) {
            continue;
        }
        if (group != spec.group) {
            group = spec.group;
            page += fmt::format(".SS \"{}\"\n", escaped(group_title(spec.group)));
        }
        page += ".TP\n" + bold("dsctl-" + spec.name) + "(1)\n" + escaped(spec.summary) + ".\n";
    }
    page += ".SH TOPICS\n";
    for (const auto& topic : topics()) {
        page += ".TP\n" + bold("dsctl-" + topic.name) + "(7)\n" + escaped(topic.summary) + ".\n";
    }
    page += ".SH OPTIONS\nThey may stand before or behind the command.\n" + options_roff(global_options());
    for (const auto& section : sections) {
        if (section.title != "DESCRIPTION") {
            page += fmt::format(".SH {}\n", section.title) + prose_roff(section.text);
        }
    }
    return page + exit_roff();
}

std::string topic_page(const Topic& topic) {
    std::string page = header("dsctl-" + topic.name, topic.summary, 7);
    for (const auto& section : prose_sections(topic.text)) {
        page += fmt::format(".SH {}\n", section.title) + prose_roff(section.text);
    }
    return page + ".SH SEE ALSO\n" + bold("dsctl") + "(1)\n";
}

} // namespace

std::vector<std::pair<std::string, std::string>> manual_pages(const std::vector<CommandSpec>& commands) {
    std::vector<std::pair<std::string, std::string>> pages = {{"dsctl.1", main_page(commands)}};
    for (const auto& spec : commands) {
        if (!spec.hidden) {
            pages.emplace_back("dsctl-" + spec.name + ".1", command_page(spec, commands));
        }
    }
    for (const auto& topic : topics()) {
        pages.emplace_back("dsctl-" + topic.name + ".7", topic_page(topic));
    }
    return pages;
}

} // namespace ds::cli
