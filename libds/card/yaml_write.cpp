// Nodes as text, by libyaml's emitter.
#include "card/yaml.hpp"

#include <yaml.h>

namespace ds {

namespace {

constexpr int line_width = 100;

class Emitter {
  public:
    explicit Emitter(std::string& out) {
        if (yaml_emitter_initialize(&emitter_) == 0) {
            throw Error(ErrorKind::failure, "out of memory");
        }
        yaml_emitter_set_output(
            &emitter_,
            [](void* to, unsigned char* bytes, size_t size) {
                static_cast<std::string*>(to)->append(reinterpret_cast<char*>(bytes), size);
                return 1;
            },
            &out);
        yaml_emitter_set_unicode(&emitter_, 1);
        yaml_emitter_set_width(&emitter_, line_width);
    }
    ~Emitter() { yaml_emitter_delete(&emitter_); }
    Emitter(const Emitter&) = delete;
    Emitter& operator=(const Emitter&) = delete;

    void document(const YamlNode& root) {
        yaml_event_t event;
        send(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
        send(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
        node(root);
        send(event, yaml_document_end_event_initialize(&event, 1));
        send(event, yaml_stream_end_event_initialize(&event));
    }

  private:
    void send(yaml_event_t& event, int made) {
        if (made == 0 || yaml_emitter_emit(&emitter_, &event) == 0) {
            throw Error(ErrorKind::failure, "the metadata cannot be written as YAML");
        }
    }

    void scalar(const std::string& text, bool plain) {
        // Text that reads as another thing without quotes gets them.
        const bool same = plain || YamlNode{YamlNode::Kind::scalar, text, true, 0, {}, {}}.json().is_string();
        const auto style = text.find('\n') != std::string::npos ? YAML_LITERAL_SCALAR_STYLE
                           : same                               ? YAML_ANY_SCALAR_STYLE
                                                                : YAML_SINGLE_QUOTED_SCALAR_STYLE;
        yaml_event_t event;
        send(event,
             yaml_scalar_event_initialize(&event, nullptr, nullptr,
                                          reinterpret_cast<yaml_char_t*>(const_cast<char*>(text.data())),
                                          static_cast<int>(text.size()), static_cast<int>(same), 1, style));
    }

    void node(const YamlNode& at) {
        yaml_event_t event;
        switch (at.kind) {
        case YamlNode::Kind::null:
            scalar("null", true);
            break;
        case YamlNode::Kind::scalar:
            scalar(at.text, at.plain);
            break;
        case YamlNode::Kind::list:
            send(event, yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1,
                                                             YAML_BLOCK_SEQUENCE_STYLE));
            for (const auto& item : at.items) {
                node(item);
            }
            send(event, yaml_sequence_end_event_initialize(&event));
            break;
        case YamlNode::Kind::map:
            send(event,
                 yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE));
            for (const auto& member : at.members) {
                scalar(member.key, false);
                node(member.value);
            }
            send(event, yaml_mapping_end_event_initialize(&event));
            break;
        }
    }

    yaml_emitter_t emitter_{};
};

} // namespace

std::string write_yaml(const YamlNode& node) {
    std::string out;
    Emitter(out).document(node);
    return out;
}

} // namespace ds
