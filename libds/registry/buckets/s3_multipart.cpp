#include "registry/buckets/s3_multipart.hpp"

#include "base/path.hpp"
#include "http/xml.hpp"
#include "os/live_file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <optional>

namespace ds::s3 {

namespace {

constexpr std::size_t max_upload_id = 1024;
constexpr std::uint64_t usual_part = 16u << 20;
constexpr std::uint64_t most_parts = 9000; // of 10,000
constexpr std::string_view note_prefix = "upload-";
constexpr std::string_view note_head = "dsctl-upload 1";
constexpr std::string_view completing_word = "completing";
constexpr std::uint64_t max_note = 16u << 10;
/// A server may still be at putting an object together when whoever asked for it is dead; nobody takes its parts away then.
constexpr std::int64_t completing_seconds = 600;

struct Note {
    std::string endpoint;
    std::string path;
    std::string id;
    bool completing = false;
};
/// Nothing for what is no whole note: its upload was not begun.
std::optional<Note> read_note(const std::string& path) {
    const auto text = read_file(path, max_note);
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        lines.push_back(text.substr(begin, end - begin));
    }
    if (lines.size() < 4 || lines[0] != note_head) {
        return std::nullopt;
    }
    auto key = percent_decode(lines[2]);
    auto id = percent_decode(lines[3]);
    if (!key || !id || id->empty()) {
        return std::nullopt;
    }
    return Note{lines[1], std::move(*key), std::move(*id), lines.size() > 4 && lines[4] == completing_word};
}

/// One upload under way.
class Upload {
  public:
    Upload(Client& client, const PartedPut& put) : client_(client), put_(put) {
        if (!client.upload_notes().empty()) {
            noted([&] {
                make_dirs(client.upload_notes(), 0700);
                note_.emplace(client.upload_notes(), note_prefix);
            });
        }
    }

    void begin() {
        auto request = client_.request("POST", put_.bucket, put_.key);
        const auto path = request.path;
        request.query = {{"uploads", ""}};
        request.repeat = Repeat::never; // each would begin another
        request.headers = put_.headers;
        const auto begun = client_.send_change(std::move(request));
        if (!begun.ok()) {
            client_.refuse_change(begun, put_.bucket, put_.doing);
        }
        const XmlDocument reply(begun.body, "reply to the start of an upload");
        id_ = reply.root("InitiateMultipartUploadResult").required("UploadId");
        if (id_.empty() || id_.size() > max_upload_id) {
            throw CorruptObject(reply.what() + " names no upload");
        }
        write_note(fmt::format("{}\n{}\n{}\n{}\n", note_head, client_.place().endpoint.url(),
                               percent_encode(path, Slash::kept), percent_encode(id_, Slash::encoded)));
    }

    HttpResponse send() {
        std::string list = "<CompleteMultipartUpload>";
        for (std::uint64_t i = 0; i < put_.parts; ++i) {
            const auto bytes = put_.part(i);
            auto request = this->request("PUT");
            request.query.emplace_back("partNumber", std::to_string(i + 1));
            request.body = HttpBody::of(bytes);
            const auto response = client_.send_change(std::move(request));
            const auto* etag = response.header("etag");
            if (!response.ok() || etag == nullptr) {
                client_.refuse_change(response, put_.bucket, put_.doing);
            }
            list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                                xml_escape(*etag));
        }
        list += "</CompleteMultipartUpload>";
        completing_ = true;
        write_note(fmt::format("{}\n", completing_word));
        auto request = this->request("POST");
        request.headers = {{"Content-Type", "application/xml"}};
        request.body = HttpBody::of(list);
        auto response = client_.send_change(std::move(request));
        if (!response.ok()) {
            client_.refuse_change(response, put_.bucket, put_.doing);
        }
        const XmlDocument done(response.body, "reply to the end of an upload");
        if (done.root().name() != "CompleteMultipartUploadResult") { // a failure can come behind a 200
            throw Error(ErrorKind::unknown, put_.doing + ": " + printable(done.root().text_of("Code")),
                        "run the same command again");
        }
        return response;
    }

    /// Of what failed.
    void abandon() {
        if (!ended() && note_) { // it stays noted: whoever comes later looks at it
            note_->leave();
        }
    }

  private:
    /// Whether nothing of it goes on. An end that was asked for may be under way, whatever came of the request.
    [[nodiscard]] bool ended() const {
        if (completing_) {
            return false;
        }
        try {
            const auto response = client_.send(request("DELETE"));
            return response.ok() || response.status == 404;
        } catch (const Error&) {
            return false;
        }
    }
    /// A home folder that is full or cannot be written keeps nobody from uploading: only from tidying up if killed.
    template <class Work>
    void noted(const Work& work) {
        try {
            work();
        } catch (const Error& error) {
            client_.log().trace("uploads are not noted: " + error.message());
        }
    }
    void write_note(const std::string& text) {
        if (note_) {
            noted([&] { write_full(note_->fd(), text, note_->path()); });
        }
    }
    [[nodiscard]] HttpRequest request(std::string method) const {
        auto out = client_.request(std::move(method), put_.bucket, put_.key);
        out.query = {{"uploadId", id_}};
        out.repeat = Repeat::safe;
        return out;
    }

    Client& client_;
    const PartedPut& put_;
    std::optional<LiveFile> note_;
    std::string id_;
    bool completing_ = false;
};

} // namespace

std::uint64_t part_size(std::uint64_t object, std::uint64_t most, const std::string& doing) {
    const auto size = std::max(usual_part, object / most_parts + 1);
    if (most == 0 || size <= most) {
        return size;
    }
    if (object / most >= most_parts) {
        throw Error(ErrorKind::failure, fmt::format("{}: it would have over {} parts", doing, most_parts));
    }
    return most;
}

HttpResponse put_in_parts(Client& client, const PartedPut& put) {
    Upload upload(client, put);
    upload.begin();
    try {
        return upload.send();
    } catch (...) {
        upload.abandon();
        throw;
    }
}

void abandon_dead_uploads(Client& client, const std::string& bucket) {
    if (client.upload_notes().empty()) {
        return;
    }
    each_dead_file(client.upload_notes(), note_prefix, [&](const std::string& path) {
        try {
            const auto note = read_note(path);
            if (!note) {
                return true;
            }
            if (note->endpoint != client.place().endpoint.url() ||
                !note->path.starts_with("/" + bucket + "/")) {
                return false;
            }
            const auto st = try_lstat(path);
            if (note->completing && st && st->st_mtime > unix_now() - completing_seconds) {
                return false;
            }
            auto request = client.request("DELETE", bucket);
            request.path = note->path;
            request.query = {{"uploadId", note->id}};
            request.repeat = Repeat::safe;
            const auto response = client.send(std::move(request));
            if (!response.ok() && response.status != 404) { // 404: it was ended
                client.log().trace(fmt::format("an upload that a killed dsctl left in bucket '{}' stays: {}",
                                               bucket, response.status));
                return false;
            }
            client.log().trace(
                fmt::format("ended an upload that a killed dsctl left in bucket '{}'", bucket));
            return true;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            client.log().trace("what a killed dsctl left is not looked at: " + error.message());
            return false;
        }
    });
}

} // namespace ds::s3
