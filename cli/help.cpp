#include "help.hpp"

#include "term/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#ifndef DSCTL_VERSION
#error "the build says which version this is"
#endif

namespace ds::cli {

namespace {

constexpr std::size_t option_column = 30;

std::string option_lines(const std::vector<OptionSpec>& options, const Style& style) {
    std::string text;
    for (const auto& option : options) {
        const auto usage = option.usage();
        auto help = option.help;
        if (!option.choices.empty()) {
            help += fmt::format(" ({})", fmt::join(option.choices, ", "));
        }
        text += "  " + style.bold(usage);
        text += usage.size() + 2 > option_column ? "\n" + std::string(option_column + 2, ' ')
                                                 : std::string(option_column - usage.size(), ' ');
        text += help + "\n";
    }
    return text;
}

/// Prose as it stands, indented, without the marks of code.
std::string plain_prose(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string line(text.substr(0, end));
        line.erase(std::remove(line.begin(), line.end(), '`'), line.end());
        out += (line.empty() ? "" : "  " + line) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

std::string sections_text(std::string_view prose, const Style& style) {
    std::string text;
    for (const auto& section : prose_sections(prose)) {
        std::string title = section.title;
        std::transform(title.begin() + 1, title.end(), title.begin() + 1,
                       [](unsigned char c) { return std::tolower(c); });
        text += "\n" + style.bold(title + ":") + "\n" + plain_prose(section.text);
    }
    return text;
}

std::string command_line(const std::string& name, const std::string& summary, const Style& style) {
    return "  " + style.bold(name) + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') + summary +
           "\n";
}

} // namespace

std::string version_line() {
    return "dsctl " DSCTL_VERSION;
}

std::vector<ProseSection> prose_sections(std::string_view text) {
    std::vector<ProseSection> sections;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        if (line.starts_with("# ")) {
            sections.push_back({std::string(line.substr(2)), ""});
        } else if (!sections.empty() && (!line.empty() || !sections.back().text.empty())) {
            sections.back().text.append(line).append("\n");
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    for (auto& section : sections) {
        while (section.text.ends_with("\n\n")) {
            section.text.pop_back();
        }
    }
    return sections;
}

std::string overview_text(const std::vector<CommandSpec>& commands, const Style& style) {
    std::string text = "Versioned datasets: git's habits, for data of any size.\n\n" + style.bold("usage:") +
                       " dsctl [options] COMMAND ...\n";
    std::optional<Group> group;
    for (const auto& spec : commands) {
        if (spec.hidden) {
            continue;
        }
        if (group != spec.group) {
            group = spec.group;
            text += "\n" + style.bold(std::string(group_title(spec.group)) + ":") + "\n";
        }
        text += command_line(spec.name, spec.summary, style);
    }
    text += "\n" + style.bold("Explained in 'dsctl help TOPIC':") + "\n";
    for (const auto& topic : topics()) {
        text += command_line(topic.name, topic.summary, style);
    }
    text += "\n" + style.bold("Options of every command:") + "\n" + option_lines(global_options(), style);
    text += "\n'dsctl help COMMAND' says more about one; 'man dsctl' explains the whole.\n";
    return text;
}

Topic make_topic(std::string_view name, std::string_view file) {
    constexpr std::string_view mark = "@exit-codes\n";
    Topic topic{std::string(name), std::string(file.substr(0, file.find('\n'))),
                std::string(file.substr(std::min(file.size(), file.find('\n') + 1)))};
    if (const auto at = topic.text.find(mark); at != std::string::npos) {
        std::string list;
        for (const auto& status : exit_statuses()) {
            list += fmt::format("- `{}`: {}\n", status.code, status.meaning);
        }
        topic.text.replace(at, mark.size(), list);
    }
    return topic;
}

std::string topic_text(const Topic& topic, const Style& style) {
    return topic.summary + ".\n" + sections_text(topic.text, style);
}

std::string help_text(const std::vector<const CommandSpec*>& path, const Style& style) {
    const auto& spec = *path.back();
    std::string before = "dsctl ";
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        before += path[i]->name + " ";
    }
    std::string text = spec.summary + ".\n\n" + style.bold("usage:") + " " + before + spec.usage() + "\n";
    if (!spec.children.empty()) {
        text += "\n" + style.bold("Commands:") + "\n";
        for (const auto& child : spec.children) {
            text += command_line(child.name, child.summary, style);
        }
    }
    if (!spec.options.empty()) {
        text += "\n" + style.bold("Options:") + "\n" + option_lines(spec.options, style);
    }
    if (path.size() == 1) {
        text += sections_text(prose(spec.name), style);
    }
    text += "\nOptions of every command are in 'dsctl help', exit codes in 'dsctl help exit-codes'.\n";
    return text;
}

} // namespace ds::cli
