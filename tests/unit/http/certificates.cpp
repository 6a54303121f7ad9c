#include "unit/http/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace ds::test {

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Deleter<X509_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

Memory memory_of(const std::string& text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void extend(X509* cert, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr || X509_add_ext(cert, extension, -1) != 1) {
        throw std::runtime_error("no extension " + value);
    }
    X509_EXTENSION_free(extension);
}

Certificate make(const Certificate* authority, const std::string& common_name, const CertificateWish& wish) {
    static long serial = 1;
    const Key key(EVP_EC_gen("P-256"));
    const Cert cert(X509_new());
    Cert issuer;
    Key issuer_key;
    if (authority != nullptr) {
        issuer.reset(PEM_read_bio_X509(memory_of(authority->certificate).get(), nullptr, nullptr, nullptr));
        issuer_key.reset(PEM_read_bio_PrivateKey(memory_of(authority->key).get(), nullptr, nullptr, nullptr));
    }
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), wish.from);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), wish.until);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* name = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509* by = issuer ? issuer.get() : cert.get();
    X509_set_issuer_name(cert.get(), X509_get_subject_name(by));
    if (wish.names.empty()) {
        extend(cert.get(), by, NID_basic_constraints, "critical,CA:TRUE");
        extend(cert.get(), by, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(cert.get(), by, NID_subject_alt_name, wish.names);
    }
    if (X509_sign(cert.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign a certificate");
    }
    const Memory certificate_text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(certificate_text.get(), cert.get());
    const Memory key_text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace

Certificate make_authority() {
    static int number = 0; // two of one name would look like one with a forged signature
    return make(nullptr, "dsctl test authority " + std::to_string(++number), {.names = ""});
}

Certificate sign_certificate(const Certificate& authority, const CertificateWish& wish) {
    return make(&authority, "dsctl test server", wish);
}

Certificate self_signed(const CertificateWish& wish) {
    return make(nullptr, "dsctl test server", wish);
}

} // namespace ds::test
