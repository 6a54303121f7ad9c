// Web identity on a real RGW: an identity provider on loopback signs a token, RGW checks it against the provider's
// published key and gives temporary keys, and these open a bucket.
#include "codec/text.hpp"
#include "fault/rgw_support.hpp"
#include "http/credentials.hpp"
#include "unit/http/certificates.hpp"
#include "unit/support.hpp"

#include <cstdlib>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

using namespace ds;
using namespace ds::test;
using ds_test::TempDir;

namespace {

std::string base64url(ByteView bytes) {
    std::string out = to_base64(bytes);
    for (char& c : out) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return out.substr(0, out.find('='));
}

/// The key and certificate of an identity provider, and the documents by which it publishes them.
class Provider {
  public:
    Provider()
        : key_(EVP_RSA_gen(2048)), certificate_(X509_new()),
          server_([this](ServerConnection& c) { serve(c); }) {
        X509_set_version(certificate_, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
        X509_set_pubkey(certificate_, key_);
        X509_NAME* name = X509_get_subject_name(certificate_);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("provider"), -1, -1, 0);
        X509_set_issuer_name(certificate_, name);
        X509_sign(certificate_, key_, EVP_sha256());
    }
    ~Provider() {
        X509_free(certificate_);
        EVP_PKEY_free(key_);
    }
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;

    [[nodiscard]] std::string url() const { return server_.endpoint().url(); }
    [[nodiscard]] std::string authority() const { return server_.endpoint().authority(); }
    [[nodiscard]] std::string thumbprint() const {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        X509_digest(certificate_, EVP_sha1(), digest, &size);
        std::string hex = to_hex({reinterpret_cast<const char*>(digest), size});
        for (char& c : hex) {
            c = static_cast<char>(std::toupper(c));
        }
        return hex;
    }
    /// A JSON Web Token for `audience`, signed with RS256.
    [[nodiscard]] std::string token(const std::string& audience) const {
        const std::string now = std::to_string(unix_now());
        const std::string claims = R"({"iss":")" + url() + R"(","sub":"notebook","aud":")" + audience +
                                   R"(","iat":)" + now + R"(,"exp":)" + std::to_string(unix_now() + 600) +
                                   "}";
        const std::string text =
            base64url(R"({"alg":"RS256","typ":"JWT","kid":"k"})") + '.' + base64url(claims);
        std::string signature(512, '\0');
        std::size_t size = signature.size();
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
        EVP_MD_CTX_free(context);
        return text + '.' + base64url(ByteView(signature).substr(0, size));
    }

  private:
    void serve(ServerConnection& connection) {
        while (const auto request = connection.receive()) {
            if (request->target.ends_with("openid-configuration")) {
                connection.reply("200 OK",
                                 R"({"issuer":")" + url() + R"(","jwks_uri":")" + url() + R"(/keys"})");
            } else {
                unsigned char* der = nullptr;
                const int size = i2d_X509(certificate_, &der);
                const std::string x5c =
                    to_base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
                OPENSSL_free(der);
                connection.reply("200 OK",
                                 R"({"keys":[{"kid":"k","kty":"RSA","alg":"RS256","use":"sig","x5c":[")" +
                                     x5c + R"("]}]})");
            }
        }
    }
    EVP_PKEY* key_;
    X509* certificate_;
    LoopbackServer server_; // last: its threads use the rest
};

void admin(const std::string& arguments) {
    const std::string command =
        "radosgw-admin --conf '" + cluster_variable("CEPH_CONF") + "' " + arguments + " >/dev/null 2>&1";
    CAPTURE(command);
    REQUIRE(std::system(command.c_str()) == 0); // NOLINT: the test's own text
}

} // namespace

TEST_CASE("a token of an identity provider opens a bucket") {
    Provider provider;
    const std::string role = "notebooks-" + random_hex(4);
    admin("caps add --uid=owner --caps='oidc-provider=*'");
    admin(
        "role create --role-name=" + role +
        R"( --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam:::oidc-provider/)" +
        provider.authority() +
        R"("]},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{")" +
        provider.authority() + R"(:app_id":"dsctl"}}}]}')");
    admin(
        "role-policy put --role-name=" + role +
        R"( --policy-name=all --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::*"}]}')");
    HttpOptions options = with_tries(3);
    options.ca_file = cluster_variable("CEPH_CA");
    options.stall_timeout = std::chrono::seconds(10);
    Client client(options);
    const std::string form =
        "Action=CreateOpenIDConnectProvider&ClientIDList.member.1=dsctl&ThumbprintList.member.1=" +
        provider.thumbprint() + "&Url=" + percent_encode(provider.url(), Slash::encoded);
    HttpRequest create = signed_request(secure_rgw(), "POST", "/", form);
    create.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    const HttpResponse created = client.http.perform(create);
    CAPTURE(created.body);
    REQUIRE(created.ok());

    const TempDir dir;
    const auto write_token = [&](const std::string& token) {
        write_file_atomic(dir / "token", token, Durability::volatile_, 0600);
    };
    CredentialSettings settings;
    settings.registry = "lab";
    settings.endpoint = secure_rgw();
    settings.environment = [&](const char* name) -> std::optional<std::string> {
        const std::string_view asked = name;
        if (asked == "AWS_WEB_IDENTITY_TOKEN_FILE") {
            return dir / "token";
        }
        return asked == "AWS_ROLE_ARN" ? std::optional("arn:aws:iam:::role/" + role) : std::nullopt;
    };
    CredentialChain chain(settings, client.http);
    write_token(provider.token("dsctl") + "\r\n"); // as editors leave it
    const Credentials keys = chain.current();
    CHECK(keys.source == "web identity of role 'arn:aws:iam:::role/" + role + "'");
    CHECK(!keys.session_token.empty());
    CHECK(keys.expires.value() > unix_now() + 600);
    CHECK(keys.expires.value() <= unix_now() + 3600 + 60); // what STS gives where nothing is said

    HttpRequest list = signed_request(secure_rgw(), "GET", "/");
    list.authorize = [&](const HttpRequest& r) {
        return sign_v4(r, sha256({}), keys, {"us-east-1", "s3"}, unix_now());
    };
    CHECK(client.http.perform(list).status == 200);
    const std::string bucket = "/web-" + random_hex(6);
    HttpRequest make = list;
    make.method = "PUT";
    make.path = bucket;
    CHECK(client.http.perform(make).status == 200);

    // What STS refuses is its answer, told with the role and the server's word for it.
    const auto refusal = [&]() -> std::string {
        try {
            (void)chain.current();
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::auth);
            return error.message();
        }
        return "taken";
    };
    const std::string begin =
        "web identity: " + secure_rgw().authority() + " refused role 'arn:aws:iam:::role/" + role + "' (4";
    chain.refresh();
    std::string forged = provider.token("dsctl");
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    for (const auto& token : {forged, provider.token("somebody-else")}) {
        write_token(token);
        const std::string message = refusal();
        CAPTURE(message);
        CHECK(message.starts_with(begin));
        CHECK(message.find(' ', begin.size()) != std::string::npos); // the code behind the status
    }
    write_token(provider.token("dsctl"));
    CHECK(!chain.current().session_token.empty());
}
