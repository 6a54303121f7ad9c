#include "unit/http/loopback_server.hpp"

#include "unit/http/certificates.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace ds::test {

struct ServerConnection::Tls {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL* ssl = nullptr;
    ~Tls() {
        SSL_free(ssl);
        SSL_CTX_free(context);
    }
};

ServerConnection::ServerConnection(int fd, const Certificate* certificate, std::atomic<std::uint64_t>& bytes)
    : fd_(fd), bytes_(bytes) {
    if (certificate == nullptr) {
        return;
    }
    tls_ = std::make_unique<Tls>();
    BIO* text = BIO_new_mem_buf(certificate->certificate.data(), -1);
    X509* cert = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    text = BIO_new_mem_buf(certificate->key.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    SSL_CTX_use_certificate(tls_->context, cert);
    SSL_CTX_use_PrivateKey(tls_->context, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    tls_->ssl = SSL_new(tls_->context);
    SSL_set_fd(tls_->ssl, fd_);
    SSL_accept(tls_->ssl); // a failed handshake shows as a failing read
}

ServerConnection::~ServerConnection() = default;

int ServerConnection::read_some(char* buffer, int size) {
    const auto n = tls_ ? static_cast<ssize_t>(SSL_read(tls_->ssl, buffer, size))
                        : recv(fd_, buffer, static_cast<std::size_t>(size), 0);
    if (n > 0) {
        bytes_ += static_cast<std::uint64_t>(n);
    }
    return static_cast<int>(n);
}

std::optional<ReceivedRequest> ServerConnection::receive_header() {
    std::size_t end = std::string::npos;
    while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
        char chunk[4096];
        const int n = read_some(chunk, sizeof chunk);
        if (n <= 0) {
            return std::nullopt;
        }
        buffered_.append(chunk, static_cast<std::size_t>(n));
    }
    ReceivedRequest request;
    const std::string header = buffered_.substr(0, end + 2);
    request.raw_header = buffered_.substr(0, end + 4);
    buffered_.erase(0, end + 4);
    std::size_t at = header.find("\r\n");
    const std::string first = header.substr(0, at);
    request.method = first.substr(0, first.find(' '));
    request.target = first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
    for (at += 2; at < header.size();) {
        const std::size_t line_end = header.find("\r\n", at);
        const std::string line = header.substr(at, line_end - at);
        const std::size_t colon = line.find(':');
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        const std::size_t value = line.find_first_not_of(' ', colon + 1);
        request.headers[name] = value == std::string::npos ? "" : line.substr(value);
        at = line_end + 2;
    }
    if (request.headers.count("expect") != 0) {
        send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return request;
}

void ServerConnection::receive_body(ReceivedRequest& request) {
    const auto found = request.headers.find("content-length");
    const std::size_t length = found == request.headers.end() ? 0 : std::stoul(found->second);
    while (buffered_.size() < length) {
        char chunk[65536];
        const int n = read_some(chunk, sizeof chunk);
        if (n <= 0) {
            return;
        }
        buffered_.append(chunk, static_cast<std::size_t>(n));
    }
    request.body = buffered_.substr(0, length);
    buffered_.erase(0, length);
}

std::optional<ReceivedRequest> ServerConnection::receive() {
    auto request = receive_header();
    if (request) {
        receive_body(*request);
    }
    return request;
}

bool ServerConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n =
            tls_ ? static_cast<ssize_t>(SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size())))
                 : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool ServerConnection::reply(const std::string& status, std::string_view body, const std::string& headers) {
    return send("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + std::string(body));
}

void ServerConnection::reset() {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

LoopbackServer::LoopbackServer(Handler handler, const Certificate* certificate)
    : handler_(std::move(handler)), certificate_(certificate),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, plain, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, plain, &size) != 0) {
        throw std::runtime_error("no loopback server");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { run(); });
}

LoopbackServer::~LoopbackServer() {
    over_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard lock(mutex_);
        for (const int fd : open_) {
            shutdown(fd, SHUT_RDWR);
        }
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    close(listener_);
}

void LoopbackServer::run() {
    sigset_t pipe; // OpenSSL writes without MSG_NOSIGNAL; connections inherit the mask
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        ++connections_;
        std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] {
            {
                ServerConnection connection(fd, certificate_, bytes_);
                handler_(connection);
            }
            std::lock_guard done(mutex_);
            open_.erase(std::find(open_.begin(), open_.end(), fd));
            close(fd);
        });
    }
}

Endpoint LoopbackServer::endpoint(std::string host) const {
    return {certificate_ == nullptr ? Endpoint::Scheme::http : Endpoint::Scheme::https, std::move(host),
            port_};
}

void LoopbackServer::pause(int milliseconds) const {
    for (int waited = 0; waited < milliseconds && !over_; waited += 10) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

} // namespace ds::test
