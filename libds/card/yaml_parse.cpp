// From libyaml's events to nodes, within bounds.
#include "card/yaml.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <map>
#include <yaml.h>

namespace ds {

namespace {

constexpr unsigned max_depth = 32;
constexpr std::size_t max_nodes = 20'000;
constexpr std::size_t max_keys = 1'000; ///< of one map: they are compared with each other
constexpr std::size_t max_total_bytes = 4u << 20;
constexpr std::string_view core = "tag:yaml.org,2002:";
constexpr std::array<std::string_view, 7> core_tags = {"str", "int", "float", "bool", "null", "seq", "map"};

std::string_view view_of(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// How much of the budget a node takes when an alias repeats it.
void weigh(const YamlNode& node, std::size_t& nodes, std::size_t& bytes) {
    ++nodes;
    bytes += node.text.size();
    for (const auto& item : node.items) {
        weigh(item, nodes, bytes);
    }
    for (const auto& member : node.members) {
        bytes += member.key.size();
        weigh(member.value, nodes, bytes);
    }
}

class Event {
  public:
    Event() = default;
    ~Event() { yaml_event_delete(&event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    yaml_event_t* get() { return &event_; }
    [[nodiscard]] yaml_event_type_t type() const { return event_.type; }
    yaml_event_t* operator->() { return &event_; }

  private:
    yaml_event_t event_{};
};

class Parser {
  public:
    Parser(ByteView text, unsigned first_line) : first_line_(first_line) {
        if (yaml_parser_initialize(&parser_) == 0) {
            throw YamlError(first_line, "out of memory");
        }
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    }
    ~Parser() { yaml_parser_delete(&parser_); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    YamlNode document() {
        YamlNode root;
        bool any = false;
        while (true) {
            Event event;
            next(event);
            switch (event.type()) {
            case YAML_STREAM_END_EVENT:
                return root;
            case YAML_STREAM_START_EVENT:
            case YAML_DOCUMENT_END_EVENT:
                break;
            case YAML_DOCUMENT_START_EVENT:
                if (any) {
                    fail(line_of(event), "a second document begins");
                }
                any = true;
                break;
            default:
                root = node(event, 0);
            }
        }
    }

  private:
    [[noreturn]] static void fail(unsigned line, const std::string& what) { throw YamlError(line, what); }

    [[nodiscard]] unsigned line_at(std::size_t mark) const {
        return first_line_ + static_cast<unsigned>(std::min<std::size_t>(mark, max_yaml_bytes));
    }
    [[nodiscard]] unsigned line_of(Event& event) const { return line_at(event->start_mark.line); }

    void next(Event& event) {
        if (yaml_parser_parse(&parser_, event.get()) == 0) {
            const std::string problem = parser_.problem != nullptr ? parser_.problem : "it cannot be read";
            // Errors of the reader know an offset only.
            fail(line_at(parser_.error == YAML_READER_ERROR ? parser_.mark.line : parser_.problem_mark.line),
                 parser_.error == YAML_READER_ERROR ? "bytes that are no text: " + problem : problem);
        }
    }

    void charge(unsigned line, std::size_t nodes, std::size_t bytes) {
        nodes_ += nodes;
        bytes_ += bytes;
        if (nodes_ > max_nodes || bytes_ > max_total_bytes) {
            fail(line, fmt::format("there is more than {} values or {} bytes", max_nodes, max_total_bytes));
        }
    }

    void check_tag(const yaml_char_t* tag, unsigned line) {
        const auto name = view_of(tag);
        const bool known = name.empty() || name == "!" ||
                           (name.starts_with(core) && std::find(core_tags.begin(), core_tags.end(),
                                                                name.substr(core.size())) != core_tags.end());
        if (!known) {
            fail(line, fmt::format("the tag '{}' is not allowed", printable(name.substr(0, 100))));
        }
    }

    YamlNode node(Event& event, unsigned depth) {
        const auto line = line_of(event);
        if (depth > max_depth) {
            fail(line, fmt::format("values lie more than {} deep", max_depth));
        }
        YamlNode made;
        made.line = line;
        std::string anchor;
        switch (event.type()) {
        case YAML_ALIAS_EVENT:
            return alias(event, line, depth);
        case YAML_SCALAR_EVENT: {
            check_tag(event->data.scalar.tag, line);
            anchor = view_of(event->data.scalar.anchor);
            made.text.assign(reinterpret_cast<const char*>(event->data.scalar.value),
                             event->data.scalar.length);
            made.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
            const bool nothing = made.plain && (made.text.empty() || made.text == "~" || made.text == "null");
            made.kind = nothing ? YamlNode::Kind::null : YamlNode::Kind::scalar;
            break;
        }
        case YAML_SEQUENCE_START_EVENT:
            check_tag(event->data.sequence_start.tag, line);
            anchor = view_of(event->data.sequence_start.anchor);
            made.kind = YamlNode::Kind::list;
            fill_list(made, depth);
            break;
        case YAML_MAPPING_START_EVENT:
            check_tag(event->data.mapping_start.tag, line);
            anchor = view_of(event->data.mapping_start.anchor);
            made.kind = YamlNode::Kind::map;
            fill_map(made, depth);
            break;
        default:
            fail(line, "a value is missing");
        }
        charge(line, 1, made.text.size());
        if (!anchor.empty()) {
            anchors_[anchor] = made; // known once it is whole: it cannot hold itself
        }
        return made;
    }

    YamlNode alias(Event& event, unsigned line, unsigned depth) {
        const std::string name(view_of(event->data.alias.anchor));
        const auto found = anchors_.find(name);
        if (found == anchors_.end()) {
            fail(line, fmt::format("there is no '&{}' before it", printable(name.substr(0, 100))));
        }
        std::size_t nodes = 0;
        std::size_t bytes = 0;
        weigh(found->second, nodes, bytes);
        charge(line, nodes, bytes);
        if (depth + depth_of(found->second) > max_depth) {
            fail(line, fmt::format("values lie more than {} deep", max_depth));
        }
        return found->second;
    }

    static unsigned depth_of(const YamlNode& node) {
        unsigned deepest = 0;
        for (const auto& item : node.items) {
            deepest = std::max(deepest, 1 + depth_of(item));
        }
        for (const auto& member : node.members) {
            deepest = std::max(deepest, 1 + depth_of(member.value));
        }
        return deepest;
    }

    void fill_list(YamlNode& list, unsigned depth) {
        while (true) {
            Event event;
            next(event);
            if (event.type() == YAML_SEQUENCE_END_EVENT) {
                return;
            }
            list.items.push_back(node(event, depth + 1));
        }
    }

    void fill_map(YamlNode& map, unsigned depth) {
        while (true) {
            Event key;
            next(key);
            if (key.type() == YAML_MAPPING_END_EVENT) {
                return;
            }
            const auto line = line_of(key);
            if (key.type() != YAML_SCALAR_EVENT) {
                fail(line, "a key must be a word");
            }
            check_tag(key->data.scalar.tag, line);
            std::string name(reinterpret_cast<const char*>(key->data.scalar.value), key->data.scalar.length);
            charge(line, 0, name.size());
            if (map.members.size() >= max_keys) {
                fail(line, fmt::format("a map has more than {} keys", max_keys));
            }
            if (map.find(name) != nullptr) {
                fail(line, fmt::format("'{}' stands here twice", printable(name.substr(0, 100))));
            }
            Event value;
            next(value);
            auto parsed = node(value, depth + 1);
            map.members.push_back({std::move(name), line, std::move(parsed)});
        }
    }

    yaml_parser_t parser_{};
    unsigned first_line_;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
    std::map<std::string, YamlNode> anchors_;
};

} // namespace

YamlNode parse_yaml(ByteView text, unsigned first_line) {
    if (text.size() > max_yaml_bytes) {
        throw YamlError(first_line, fmt::format("it has more than {} bytes", max_yaml_bytes));
    }
    return Parser(text, first_line).document();
}

} // namespace ds
