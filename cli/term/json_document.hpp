// --json: one document, written as it comes, so that a list of 10^6 paths needs no memory. Every member
// and every item of a list has a line of its own: good for machines, bearable for people and for diff.
#pragma once

#include "codec/json.hpp"
#include "term/output.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::cli {

/// Adds `key`: the bytes as text, and `key`_base64 when they are not UTF-8.
void set_bytes(Json& object, std::string_view key, std::string_view bytes);

/// Not thread-safe. Nothing closes it but finish(): a document that broke off must not look whole.
class JsonDocument {
  public:
    /// Begins with "schema": "dsctl.<command>/1".
    JsonDocument(Output& out, std::string_view command);
    void member(std::string_view key, const Json& value);
    /// As set_bytes.
    void bytes_member(std::string_view key, std::string_view bytes);
    /// An array of objects that have a "path" only.
    void paths_member(std::string_view key, const std::vector<std::string>& paths);
    /// An array of objects that have a "path" and a "reason".
    void reasons_member(std::string_view key, const std::vector<std::pair<std::string, std::string>>& paths);
    void begin_array(std::string_view key);
    void item(const Json& value);
    void end_array();
    void finish();

  private:
    Output& out_;
    bool first_item_ = true;
};

} // namespace ds::cli
