#include "http/transfer.hpp"

#include "base/number.hpp"
#include "base/units.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::size_t max_header_bytes = 64u << 10;
constexpr std::uint64_t max_error_body = 1u << 20;
/// A whole exchange has a second more for each so many bytes.
constexpr std::uint64_t slow_bytes_per_second = 32u << 10;
constexpr std::uint64_t max_extra_seconds = 7 * 86'400;
/// RGW closes idle connections after 65 s; one that is about to be closed is better not used.
constexpr long max_idle_seconds = 50;
constexpr std::uint64_t small_body = 256u << 10;

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    const CURLcode result = curl_easy_setopt(easy, option, value);
    if (result != CURLE_OK) {
        throw Error(ErrorKind::failure,
                    std::string("libcurl refuses a setting: ") + curl_easy_strerror(result));
    }
}

bool is_loopback(const sockaddr* address) noexcept {
    if (address->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, address, sizeof four);
        return ntohl(four.sin_addr.s_addr) >> 24 == 127;
    }
    sockaddr_in6 six{};
    std::memcpy(&six, address, sizeof six);
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

std::string seconds_text(std::chrono::milliseconds span) {
    return span.count() % 1000 == 0 ? std::to_string(span.count() / 1000) + " s"
                                    : std::to_string(span.count()) + " ms";
}

} // namespace

HttpTransfer::HttpTransfer(const HttpRequest& request, const HttpHeaders& added, const HttpOptions& options)
    : request_(request), added_(added), options_(options),
      into_start_(request.into != nullptr ? request.into->size() : 0) {
    url_ = request.endpoint.url() + encoded_path(request);
    if (!request.query.empty()) {
        url_ += '?' + encoded_query(request);
    }
}

HttpTransfer::~HttpTransfer() {
    curl_slist_free_all(header_list_);
}

// ---- what curl is told

void HttpTransfer::begin(CurlEasy easy, RateLimit& limit, Sockets& sockets) {
    limit_ = &limit;
    sockets_ = &sockets;
    started_ = last_move_ = window_start_ = Clock::now();
    std::uint64_t rate = slow_bytes_per_second;
    if (limit.limited()) { // which all connections share
        rate = std::clamp<std::uint64_t>(options_.bandwidth / std::max(options_.connections, 1U), 1, rate);
    }
    const std::uint64_t bytes = request_.body.size + body_bound();
    deadline_ = started_ + options_.total_timeout +
                std::chrono::seconds(std::min<std::uint64_t>(bytes / rate, max_extra_seconds));
    CURL* handle = easy.get();
    easy_ = std::move(easy);
    set(handle, CURLOPT_ERRORBUFFER, curl_says_.data());
    set_security();
    set_request();
    set_headers();
}

void HttpTransfer::set_security() {
    CURL* easy = easy_.get();
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_PROTOCOLS_STR, request_.endpoint.scheme == Endpoint::Scheme::https ? "https" : "http");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_PROXY, ""); // not from the environment either
    set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) {
        set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
        set(easy, CURLOPT_CAPATH,
            static_cast<const char*>(nullptr)); // trusted instead of the system's, not beside
    }
    set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, this);
    set(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    set(easy, CURLOPT_CLOSESOCKETDATA, sockets_); // kept by the connection, beyond the transfer
}

void HttpTransfer::set_request() {
    CURL* easy = easy_.get();
    set(easy, CURLOPT_URL, url_.c_str());
    set(easy, CURLOPT_PATH_AS_IS, 1L);
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy, CURLOPT_MAXAGE_CONN, max_idle_seconds);
    const long buffer = limit_->limited() ? 16L << 10 : 256L << 10;
    set(easy, CURLOPT_BUFFERSIZE, buffer);
    set(easy, CURLOPT_UPLOAD_BUFFERSIZE, buffer);
    set(easy, CURLOPT_PREREQFUNCTION, before_request);
    set(easy, CURLOPT_PREREQDATA, this);
    set(easy, CURLOPT_HEADERFUNCTION, take_header);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_WRITEFUNCTION, take_body);
    set(easy, CURLOPT_WRITEDATA, this);
    if (request_.method == "HEAD") {
        set(easy, CURLOPT_NOBODY, 1L);
    } else if (request_.method == "PUT" || request_.method == "POST") {
        set(easy, CURLOPT_UPLOAD, 1L);
        set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body.size));
        set(easy, CURLOPT_READFUNCTION, read_body);
        set(easy, CURLOPT_READDATA, this);
        set(easy, CURLOPT_SEEKFUNCTION, seek_body);
        set(easy, CURLOPT_SEEKDATA, this);
        set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    } else {
        set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

void HttpTransfer::set_headers() {
    const auto add = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(header_list_, line.c_str());
        if (longer == nullptr) {
            throw std::bad_alloc();
        }
        header_list_ = longer;
    };
    add("Host: " + request_.endpoint.authority());
    for (const HttpHeaders* headers : {&request_.headers, &added_}) {
        for (const auto& [name, value] : *headers) {
            // Values may come from a server (an ETag): a line break in one would be a header of its own.
            if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
                throw Error(ErrorKind::corrupt, "the value of header " + name + " has a line break in it");
            }
            std::string line = name;
            line += value.empty() ? ";" : ": ";
            line += value;
            add(line);
        }
    }
    // For large bodies curl asks first whether they are wanted ("Expect: 100-continue") and waits up to a second for the
    // answer; RGW gives none where the body is a document (PUT ?retention), and small ones are sent sooner than asked about.
    if (request_.body.size <= small_body) {
        add("Expect:");
    }
    set(easy_.get(), CURLOPT_HTTPHEADER, header_list_);
}

// ---- callbacks

curl_socket_t HttpTransfer::open_socket(void* self, curlsocktype /*purpose*/,
                                        curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    // "localhost" may be anything in /etc/hosts: what is sent in the clear stays on this machine.
    if (transfer.request_.endpoint.scheme == Endpoint::Scheme::http && !is_loopback(&address->addr)) {
        return CURL_SOCKET_BAD;
    }
    ++transfer.connections_;
    try {
        return transfer.sockets_->open(*address);
    } catch (...) {
        return CURL_SOCKET_BAD;
    }
}

int HttpTransfer::close_socket(void* sockets, curl_socket_t socket) noexcept {
    static_cast<Sockets*>(sockets)->close(socket);
    return 0;
}

int HttpTransfer::before_request(void* self, char* /*ip*/, char* /*local_ip*/, int /*port*/,
                                 int local_port) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    transfer.socket_ = transfer.sockets_->find(local_port);
    transfer.last_move_ = transfer.window_start_ = Clock::now();
    // A kept connection was dead, and curl is about to send the request once more.
    const bool again = transfer.requests_++ > 0;
    return again && transfer.request_.repeat == Repeat::never ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

std::size_t HttpTransfer::read_body(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    try {
        const std::uint64_t left = transfer.request_.body.size - transfer.sent_offset_;
        const std::size_t room = static_cast<std::size_t>(std::min<std::uint64_t>(size * count, left));
        if (room == 0) {
            return 0;
        }
        const std::size_t n = std::min(room, transfer.limit_->allowance(Clock::now()));
        if (n == 0) {
            transfer.paused_ = true;
            return CURL_READFUNC_PAUSE;
        }
        transfer.request_.body.read(transfer.sent_offset_, buffer, n);
        transfer.limit_->take(n);
        transfer.sent_offset_ += n;
        transfer.sent_ += n;
        transfer.moved(n);
        return n;
    } catch (...) {
        transfer.fail(std::current_exception());
        return CURL_READFUNC_ABORT;
    }
}

int HttpTransfer::seek_body(void* self, curl_off_t offset, int origin) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    if (origin != SEEK_SET || offset < 0 ||
        static_cast<std::uint64_t>(offset) > transfer.request_.body.size) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer.sent_offset_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t HttpTransfer::take_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const std::size_t n = size * count;
    try {
        transfer.header_bytes_ += n;
        transfer.moved(n);
        if (transfer.header_bytes_ > max_header_bytes) {
            transfer.fail(HttpFailure::too_large, "sent more than 64 KiB of headers");
            return 0;
        }
        transfer.header_line({data, n});
        return transfer.error_ ? 0 : n;
    } catch (...) {
        transfer.fail(std::current_exception());
        return 0;
    }
}

void HttpTransfer::header_line(ByteView line) {
    if (in_body_ && response_.status >= 200) {
        return; // a trailer
    }
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
        line.remove_suffix(1);
    }
    if (line.starts_with("HTTP/")) { // the first line, also the one behind a "100 Continue"
        response_.headers.clear();
        in_body_ = false;
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
        return;
    }
    if (line.empty()) {
        header_end();
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == ByteView::npos || colon == 0) {
        fail(HttpFailure::malformed, "sent a header that is none");
        return;
    }
    std::string name(line.substr(0, colon));
    for (char& c : name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    ByteView value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
        value.remove_prefix(1);
    }
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) {
        value.remove_suffix(1);
    }
    response_.headers.emplace_back(std::move(name), value);
}

void HttpTransfer::header_end() {
    in_body_ = true;
    response_.received = unix_now();
    // Without TCP_NODELAY at the server (RGW's default) its kernel holds the body back until the header is
    // acknowledged, which this kernel would put off for 40 ms.
    if (socket_ >= 0) {
        const int on = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
    check_length();
}

void HttpTransfer::check_length() {
    // Read here and not only by curl, which takes what it cannot read for no length at all.
    std::optional<std::uint64_t> length;
    for (const auto& [name, value] : response_.headers) {
        if (name != "content-length") {
            continue;
        }
        const auto number = parse_number(value);
        if (!number || (length && length != number)) {
            fail(HttpFailure::malformed, "sent a Content-Length that is none");
            return;
        }
        length = number;
    }
    if (!length || !response_.ok() || request_.method == "HEAD") {
        return;
    }
    if (request_.expected_body && *length != *request_.expected_body) {
        fail(HttpFailure::malformed, "offers " + std::to_string(*length) + " bytes where " +
                                         std::to_string(*request_.expected_body) + " were asked for");
    } else if (*length > body_bound()) {
        fail(HttpFailure::too_large, "offers a reply of " + human_bytes(*length) + " where at most " +
                                         human_bytes(body_bound()) + " are expected");
    } else if (request_.into != nullptr) {
        request_.into->reserve(into_start_ + static_cast<std::size_t>(*length));
    } else {
        response_.body.reserve(static_cast<std::size_t>(*length));
    }
}

std::size_t HttpTransfer::take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const std::size_t n = size * count;
    try {
        if (transfer.limit_->allowance(Clock::now()) == 0) {
            transfer.paused_ = true;
            return CURL_WRITEFUNC_PAUSE; // curl keeps the bytes
        }
        transfer.limit_->take(n);
        transfer.received_ += n;
        transfer.moved(n);
        const bool ok = transfer.response_.ok();
        if (transfer.body_bytes_ + n > (ok ? transfer.body_bound() : max_error_body)) {
            transfer.cut_ = !ok;
            if (ok) {
                transfer.fail(HttpFailure::too_large, "sent a reply longer than the " +
                                                          human_bytes(transfer.body_bound()) +
                                                          " that are expected");
            }
            return 0;
        }
        transfer.body_bytes_ += n;
        (ok && transfer.request_.into != nullptr ? *transfer.request_.into : transfer.response_.body)
            .append(data, n);
        return n;
    } catch (...) {
        transfer.fail(std::current_exception());
        return 0;
    }
}

// ---- time and bandwidth

void HttpTransfer::moved(std::size_t bytes) noexcept {
    last_move_ = Clock::now();
    window_bytes_ += bytes;
}

void HttpTransfer::resume() {
    paused_ = false;
    last_move_ = window_start_ = Clock::now(); // what was waited for is our own doing
    window_bytes_ = 0;
    curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

bool HttpTransfer::overdue(Clock::time_point now) {
    if (requests_ == 0 || paused_) {
        return false; // connecting has a timeout of its own
    }
    const std::string span = seconds_text(options_.stall_timeout);
    if (now > deadline_) {
        fail(HttpFailure::timed_out,
             "took longer than " +
                 std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - started_).count()) +
                 " s for one request");
    } else if (now - last_move_ >= options_.stall_timeout) {
        fail(HttpFailure::timed_out, response_.status == 0 && sent_ == request_.body.size
                                         ? "did not answer for " + span
                                         : "stopped: nothing moved for " + span);
    } else if (now - window_start_ >= options_.stall_timeout) {
        if (window_bytes_ < options_.stall_bytes) {
            fail(HttpFailure::timed_out, "is too slow: " + human_bytes(window_bytes_) + " in " + span);
        }
        window_start_ = now;
        window_bytes_ = 0;
    }
    return error_ != nullptr;
}

std::uint64_t HttpTransfer::body_bound() const noexcept {
    return request_.expected_body.value_or(request_.max_body);
}

} // namespace ds
