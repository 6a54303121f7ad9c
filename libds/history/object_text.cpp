// Strict, bounded parsing of the few kinds of git objects that a history consists of.
#include "history/object_text.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/names.hpp"
#include "base/number.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ds::git {

namespace {

constexpr std::size_t max_parents = 64;
constexpr std::size_t max_signature_bytes = 1024;
constexpr std::int64_t last_second = 253'402'300'799; // of the year 9999
constexpr std::string_view dataset_magic = "dsctl-commit ";
constexpr std::string_view tree_prefix{"100644 dataset\0", 15};

/// Takes a text apart line by line.
class Lines {
  public:
    Lines(ByteView text, std::string_view what) : text_(text), what_(what) {}

    [[noreturn]] void fail(std::string_view why) const {
        throw CorruptObject(fmt::format("{} is malformed: {}", what_, why), "dsctl fsck --repair");
    }
    [[nodiscard]] bool starts_with(std::string_view key) const { return text_.starts_with(key); }
    [[nodiscard]] bool at_end() const { return text_.empty(); }
    [[nodiscard]] ByteView rest() const { return text_; }
    /// The rest of a line that begins with `key`.
    ByteView line(std::string_view key) {
        const auto end = text_.find('\n');
        if (!text_.starts_with(key) || end == ByteView::npos) {
            fail(fmt::format("a line '{}…' is missing", key.substr(0, key.find(' '))));
        }
        const auto value = text_.substr(key.size(), end - key.size());
        text_.remove_prefix(end + 1);
        return value;
    }
    CommitId id(std::string_view key) {
        const auto hex = line(key);
        if (hex.size() != 40 ||
            !std::all_of(hex.begin(), hex.end(), [](char c) { return hex_digit(c) >= 0; })) {
            fail("an object id is no 40 hex digits");
        }
        return CommitId(std::string(hex));
    }
    std::uint64_t number(std::string_view key) {
        const auto digits = line(key);
        const auto value = parse_number(digits);
        if (!value || (digits.size() > 1 && digits[0] == '0')) {
            fail(fmt::format("'{}' is no number", printable(digits.substr(0, 40))));
        }
        return *value;
    }
    Sha256 digest(ByteView text) const {
        const auto value = parse_digest(text);
        if (!value) {
            fail("a digest is not sha256 and 64 hex digits");
        }
        return *value;
    }

  private:
    ByteView text_;
    std::string_view what_;
};

std::string cleaned_word(std::string_view text) {
    // What git strips from both ends of a name ("crud").
    const auto is_crud = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' ||
               std::string_view(".,:;<>\"\\'").find(c) != std::string_view::npos;
    };
    while (!text.empty() && is_crud(text.front())) {
        text.remove_prefix(1);
    }
    std::string out;
    for (const char c : text.substr(0, max_signature_bytes)) {
        if (static_cast<unsigned char>(c) >= ' ' && c != '<' && c != '>' && c != 0x7f) {
            out.push_back(c);
        }
    }
    while (!out.empty() && is_crud(out.back())) {
        out.pop_back();
    }
    return out;
}

Signature parse_signature(Lines& lines, std::string_view key) {
    const auto text = lines.line(key);
    const auto open = text.find(" <");
    const auto close = text.find("> ");
    if (open == ByteView::npos || close == ByteView::npos || close < open + 2) {
        lines.fail("a signature has no address");
    }
    Signature who;
    who.name = text.substr(0, open);
    who.email = text.substr(open + 2, close - open - 2);
    const auto when = text.substr(close + 2);
    const auto space = when.find(' ');
    const auto zone = space == ByteView::npos ? ByteView{} : when.substr(space + 1);
    const auto [end, error] = std::from_chars(when.data(), when.data() + when.size(), who.time);
    if (error != std::errc() || space == ByteView::npos || end != when.data() + space || zone.size() != 5 ||
        !std::all_of(zone.begin() + 1, zone.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        lines.fail("a signature has no time");
    }
    who.offset_minutes =
        ((zone[1] - '0') * 10 + (zone[2] - '0')) * 60 + (zone[3] - '0') * 10 + (zone[4] - '0');
    if (zone[0] == '-') {
        who.offset_minutes = -who.offset_minutes;
    }
    return who;
}

/// The message of a commit or tag: after one empty line.
std::string parse_body(Lines& lines) {
    if (!lines.line("").empty()) {
        lines.fail("unknown header");
    }
    if (lines.rest().find('\0') != ByteView::npos) {
        lines.fail("the message has a NUL byte");
    }
    return std::string(lines.rest());
}

void check_message(std::string_view message) {
    if (message.find('\0') != std::string_view::npos) {
        throw Error(ErrorKind::usage, "a message cannot have a NUL byte");
    }
}

std::string bounded(std::string text) {
    if (text.size() > max_object_bytes) {
        throw Error(ErrorKind::failure, fmt::format("the message is too long ({} bytes)", text.size()),
                    "keep messages below 1 MiB");
    }
    return text;
}

void check_size(ByteView bytes, std::string_view what) {
    if (bytes.size() > max_object_bytes) {
        throw CorruptObject(fmt::format("{} has {} bytes, more than any has", what, bytes.size()),
                            "dsctl fsck --repair");
    }
}

void check_canonical(ByteView bytes, std::string_view again, std::string_view what) {
    if (bytes != again) {
        throw CorruptObject(fmt::format("{} is not in canonical form", what), "dsctl fsck --repair");
    }
}

bool is_origin_ref(const std::string& ref) {
    try {
        return DatasetRef::parse(ref).version.has_value();
    } catch (const Error&) {
        return false;
    }
}

} // namespace

Signature cleaned(const Signature& who) {
    Signature out{cleaned_word(who.name), cleaned_word(who.email),
                  std::clamp<std::int64_t>(who.time, 0, last_second),
                  std::clamp(who.offset_minutes, -1439, 1439)};
    if (out.name.empty()) {
        out.name = "unknown";
    }
    return out;
}

std::string signature_text(const Signature& raw) {
    const Signature who = cleaned(raw);
    const int minutes = std::abs(who.offset_minutes);
    return fmt::format("{} <{}> {} {}{:02}{:02}", who.name, who.email, who.time,
                       who.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string write_commit_text(const CommitText& commit) {
    check_message(commit.message);
    if (commit.parents.size() > max_parents) {
        throw Error(ErrorKind::failure,
                    fmt::format("a commit cannot have {} parents", commit.parents.size()));
    }
    std::string text = "tree " + commit.tree.hex() + "\n";
    for (const auto& parent : commit.parents) {
        text += "parent " + parent.hex() + "\n";
    }
    const auto who = signature_text(commit.who);
    text += "author " + who + "\ncommitter " + who + "\n\n" + commit.message;
    return bounded(std::move(text));
}

std::string write_tree_text(const CommitId& blob) {
    std::string text(tree_prefix);
    text += bytes_of_hex(blob.hex()).value();
    return text;
}

std::string write_dataset_text(const DatasetText& dataset) {
    auto text = fmt::format("{}1\ntree {}\nentries {}\nbytes {}\n", dataset_magic,
                            digest_str(dataset.tree.root), dataset.tree.entries, dataset.tree.bytes);
    if (dataset.origin) {
        if (!is_origin_ref(dataset.origin->ref)) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' names no version of a dataset", printable(dataset.origin->ref)));
        }
        text += fmt::format("origin {} {}\n", dataset.origin->ref,
                            dataset.origin->digest.is_zero() ? "-" : digest_str(dataset.origin->digest));
    }
    return text;
}

std::string write_tag_text(const TagText& tag) {
    check_message(tag.record);
    return bounded(fmt::format("object {}\ntype commit\ntag {}\ntagger {}\n\n{}", tag.commit.hex(), tag.name,
                               signature_text(tag.who), tag.record));
}

CommitText parse_commit_text(ByteView bytes, std::string_view what) {
    check_size(bytes, what);
    Lines lines(bytes, what);
    CommitText commit;
    commit.tree = lines.id("tree ");
    while (lines.starts_with("parent ")) {
        if (commit.parents.size() == max_parents) {
            lines.fail("too many parents");
        }
        commit.parents.push_back(lines.id("parent "));
    }
    commit.who = parse_signature(lines, "author ");
    lines.line("committer ");
    commit.message = parse_body(lines);
    check_canonical(bytes, write_commit_text(commit), what);
    return commit;
}

CommitId parse_tree_text(ByteView bytes, std::string_view what) {
    if (bytes.size() != tree_prefix.size() + 20 || !bytes.starts_with(tree_prefix)) {
        throw CorruptObject(fmt::format("{} is malformed: it is no tree with the one file 'dataset'", what),
                            "dsctl fsck --repair");
    }
    return CommitId(hex_of(bytes.substr(tree_prefix.size())));
}

DatasetText parse_dataset_text(ByteView bytes, std::string_view what) {
    check_size(bytes, what);
    Lines lines(bytes, what);
    const auto version = lines.number(dataset_magic);
    if (version != 1) {
        throw Error(ErrorKind::failure, fmt::format("{} is of a newer format ({})", what, version),
                    "upgrade dsctl");
    }
    DatasetText dataset;
    dataset.tree.root = lines.digest(lines.line("tree "));
    dataset.tree.entries = lines.number("entries ");
    dataset.tree.bytes = lines.number("bytes ");
    if (!lines.at_end()) {
        const auto origin = lines.line("origin ");
        const auto space = origin.rfind(' ');
        if (space == ByteView::npos) {
            lines.fail("its origin has no digest");
        }
        dataset.origin.emplace();
        dataset.origin->ref = origin.substr(0, space);
        if (const auto digest = origin.substr(space + 1); digest != "-") {
            dataset.origin->digest = lines.digest(digest);
        }
        if (!is_origin_ref(dataset.origin->ref)) {
            lines.fail("its origin is no reference");
        }
    }
    check_canonical(bytes, write_dataset_text(dataset), what);
    return dataset;
}

TagText parse_tag_text(ByteView bytes, std::string_view what) {
    check_size(bytes, what);
    Lines lines(bytes, what);
    TagText tag;
    tag.commit = lines.id("object ");
    if (lines.line("type ") != "commit") {
        lines.fail("it names no commit");
    }
    tag.name = lines.line("tag ");
    if (!VersionName::valid(tag.name)) {
        lines.fail("its name is no version's");
    }
    tag.who = parse_signature(lines, "tagger ");
    tag.record = parse_body(lines);
    check_canonical(bytes, write_tag_text(tag), what);
    return tag;
}

} // namespace ds::git
