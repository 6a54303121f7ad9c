// What curl's result means: in words for the user, and for the caller whether the request may have taken
// effect.
#include "http/transfer.hpp"

#include <string_view>

namespace ds {

namespace {

/// What came from elsewhere, for a terminal: printable ASCII.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 200)) {
        out += c >= 0x20 && c < 0x7f ? c : '?';
    }
    return out;
}

/// A place a server names: without blanks, and without a query (it may hold a signature).
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, std::min<std::size_t>(text.find('?'), 200))) {
        out += c > 0x20 && c < 0x7f ? c : '?';
    }
    return out;
}

// OpenSSL's verification results that people meet (openssl/x509_vfy.h, which only codec includes).
constexpr long verify_not_yet_valid = 9;
constexpr long verify_expired = 10;
constexpr long verify_self_signed = 18;
constexpr long verify_untrusted_root = 19;
constexpr long verify_no_issuer = 20;
constexpr long verify_no_issuer_for_leaf = 21;
constexpr long verify_wrong_name = 62;
constexpr long verify_wrong_address = 64;

struct Explained {
    std::string_view what;
    std::string_view hint;
};

constexpr std::string_view ca_hint =
    "name the file of its authority: dsctl config set registry.NAME.ca-bundle FILE, or AWS_CA_BUNDLE";

Explained explain_certificate(long result) noexcept {
    switch (result) {
    case verify_not_yet_valid:
        return {"is not valid yet", "check this machine's clock"};
    case verify_expired:
        return {"has expired", "have it renewed, or check this machine's clock"};
    case verify_self_signed:
        return {"is self-signed", ca_hint};
    case verify_untrusted_root:
    case verify_no_issuer:
    case verify_no_issuer_for_leaf:
        return {"is not signed by an authority that is trusted", ca_hint};
    case verify_wrong_name:
    case verify_wrong_address:
        return {"is for another host", "use the name that stands in the certificate"};
    default:
        return {"was refused", {}};
    }
}

ErrorKind kind_of(HttpFailure failure, HttpError::Effect effect) noexcept {
    if (effect == HttpError::Effect::unknown) {
        return ErrorKind::unknown;
    }
    switch (failure) {
    case HttpFailure::unreachable:
    case HttpFailure::interrupted:
    case HttpFailure::timed_out:
        return ErrorKind::retry;
    default:
        return ErrorKind::failure;
    }
}

} // namespace

HttpError::HttpError(HttpFailure failure, Effect effect, std::string message, std::string hint)
    : Error(kind_of(failure, effect), std::move(message), std::move(hint)), failure_(failure),
      effect_(effect) {}

HttpError::Effect HttpTransfer::effect() const noexcept {
    const bool reads = request_.method == "GET" || request_.method == "HEAD";
    return requests_ == 0 || reads ? HttpError::Effect::none : HttpError::Effect::unknown;
}

void HttpTransfer::fail(HttpFailure failure, const std::string& why, std::string hint) {
    if (!error_) {
        const HttpError::Effect reached =
            failure == HttpFailure::redirected ? HttpError::Effect::none : effect();
        error_ = std::make_exception_ptr(
            HttpError(failure, reached, request_.endpoint.authority() + ' ' + why, std::move(hint)));
    }
}

CurlEasy HttpTransfer::finish(CURLcode result) {
    duration_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
    try {
        if (!error_) {
            judge(cut_ ? CURLE_OK : result);
        }
    } catch (...) {
        error_ = std::current_exception();
    }
    if (request_.into != nullptr && (error_ || !response_.ok())) {
        request_.into->resize(into_start_);
    }
    return std::move(easy_);
}

void HttpTransfer::judge(CURLcode result) {
    const std::string_view says = curl_says_.data();
    switch (result) {
    case CURLE_OK:
        if (response_.status >= 300 && response_.status < 400 && response_.status != 304) {
            const std::string* place = response_.header("location");
            fail(HttpFailure::redirected,
                 "answers with a redirect to " + (place != nullptr ? shown(*place) : std::string("nowhere")) +
                     ", which is not followed",
                 "if that is the right place, write it into the registry's URL");
        } else if (request_.expected_body && response_.ok() && request_.method != "HEAD" &&
                   body_bytes_ != *request_.expected_body) {
            fail(HttpFailure::malformed, "sent " + std::to_string(body_bytes_) + " bytes where " +
                                             std::to_string(*request_.expected_body) + " were asked for");
        }
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        fail(HttpFailure::unreachable, "cannot be found (no address for this name)");
        break;
    case CURLE_COULDNT_CONNECT:
        fail(HttpFailure::unreachable, "cannot be reached (" + connect_reason() + ')');
        break;
    case CURLE_OPERATION_TIMEDOUT: // only connecting has a timeout in curl
        fail(HttpFailure::unreachable, "cannot be reached (no connection within " +
                                           std::to_string(options_.connect_timeout.count()) + " ms)");
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        judge_certificate(says);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        judge_handshake(says);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        fail(HttpFailure::tls, "cannot be verified: '" + options_.ca_file + "' holds no certificates in PEM");
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK: // before_request() refused to send it again
        fail(HttpFailure::interrupted, "broke the connection");
        break;
    default:
        fail(HttpFailure::malformed, "sent what is not a valid reply (" +
                                         plain(says.empty() ? curl_easy_strerror(result) : says) + ')');
    }
}

std::string HttpTransfer::connect_reason() const {
    long number = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
    if (number == 0) {
        return "no connection";
    }
    std::array<char, 128> text{};
    return strerror_r(static_cast<int>(number), text.data(), text.size());
}

void HttpTransfer::judge_certificate(std::string_view says) {
    long verified = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &verified);
    if (says.find("does not match") != std::string_view::npos ||
        says.find("matches target") != std::string_view::npos) {
        verified = verify_wrong_name; // curl compares the name itself
    }
    const Explained why = explain_certificate(verified);
    fail(HttpFailure::tls, "is not trusted: its certificate " + std::string(why.what), std::string(why.hint));
}

void HttpTransfer::judge_handshake(std::string_view says) {
    // A connection that breaks in the handshake may hold the next time; disagreement stays.
    if (says.find("SYSCALL") != std::string_view::npos || says.find("reset") != std::string_view::npos ||
        says.find("eof") != std::string_view::npos || says.find("EOF") != std::string_view::npos) {
        fail(HttpFailure::interrupted, "broke the connection while it was secured");
    } else if (says.find("wrong version number") != std::string_view::npos) {
        fail(HttpFailure::tls, "does not speak TLS");
    } else {
        fail(HttpFailure::tls,
             "cannot be verified, or does not agree on TLS 1.2 or later (" + plain(says) + ')');
    }
}

} // namespace ds
