// The order of credential sources, what each refuses, and that no secret is ever told.
#include "base/units.hpp"
#include "http/credentials.hpp"
#include "http/credentials/process.hpp"
#include "os/file.hpp"
#include "unit/http/client_support.hpp"
#include "unit/support.hpp"

#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace ds;
using namespace ds::test;
using ds_test::TempDir;

namespace {

/// A user with a home folder, an environment and a chain over both.
struct User {
    TempDir home;
    std::map<std::string, std::string> variables;
    CredentialSettings settings;
    Client client;

    User() {
        variables["HOME"] = home.path();
        make_dirs(home / ".aws");
        settings.registry = "lab";
        settings.endpoint = {Endpoint::Scheme::https, "rgw.lab", 443};
        settings.environment = [this](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
    }
    void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        write_file_atomic(home / name, text, Durability::volatile_, mode);
        chmod((home / name).c_str(), mode);
    }
    Credentials find() {
        CredentialChain chain(settings, client.http);
        return chain.current();
    }
    std::string source() { return find().source; }
    /// The message of the error that finding ends in; never with a secret in it.
    std::string refusal() {
        try {
            const Credentials found = find();
            FAIL("found credentials: " << found.source);
        } catch (const Error& e) {
            CHECK(e.kind() == ErrorKind::auth);
            CHECK(e.message().find("canary") == std::string::npos);
            CHECK(e.hint().find("canary") == std::string::npos);
            return e.message();
        }
        return {};
    }
};

std::string keys_of(const Credentials& c) {
    return c.access_key_id + ':' + std::string(c.secret_access_key.reveal()) + ':' +
           std::string(c.session_token.reveal());
}

std::string sts_reply(const std::string& expiration) {
    return "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
           "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>TEMP</AccessKeyId>"
           "<SecretAccessKey>canary-temp</SecretAccessKey><SessionToken>canary-session</SessionToken>"
           "<Expiration>" +
           expiration +
           "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></"
           "AssumeRoleWithWebIdentityResponse>";
}

} // namespace

TEST_CASE("the order of sources: each one is found when those before it are gone") {
    User user;
    LoopbackServer sts(answer(sts_reply("2999-01-01T00:00:00Z")));
    user.settings.endpoint = sts.endpoint();
    user.write(".aws/credentials",
               "[default]\naws_access_key_id = DEF\naws_secret_access_key=canary/+=1\n"
               "# [lab]\n[lab]\naws_access_key_id=LAB\naws_secret_access_key = canary2\n"
               "aws_session_token = canary3\n[env]\naws_access_key_id=E\naws_secret_access_key=canary\n");
    user.write("token", "canary-jwt\n");
    make_dirs(user.home / "mount");
    user.write("mount/accessKeyID", "MNT\n", 0644);
    user.write("mount/accessKeySecret", "canary-mnt\n", 0644);
    user.variables["AWS_PROFILE"] = "env";
    user.variables["AWS_ACCESS_KEY_ID"] = "ENV";
    user.variables["AWS_SECRET_ACCESS_KEY"] = "canary-env";
    user.variables["AWS_SESSION_TOKEN"] = "canary-token";
    user.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = user.home / "token";
    user.variables["AWS_ROLE_ARN"] = "arn:aws:iam:::role/r";
    user.settings.profile = "lab";
    user.settings.key_folder = user.home / "mount";

    CHECK(user.source() == "profile 'lab' (~/.aws/credentials)");
    CHECK(keys_of(user.find()) == "LAB:canary2:canary3");
    user.settings.profile.reset();
    CHECK(user.source() == "profile 'env' (~/.aws/credentials)");
    user.variables.erase("AWS_PROFILE");
    CHECK(user.source() == "environment");
    CHECK(keys_of(user.find()) == "ENV:canary-env:canary-token");
    user.variables.erase("AWS_ACCESS_KEY_ID");
    CHECK(user.refusal() == "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
    user.variables.erase("AWS_SECRET_ACCESS_KEY");
    CHECK(user.source() == "web identity of role 'arn:aws:iam:::role/r'");
    CHECK(keys_of(user.find()) == "TEMP:canary-temp:canary-session");
    user.variables.erase("AWS_WEB_IDENTITY_TOKEN_FILE");
    CHECK(user.source() == "profile 'default' (~/.aws/credentials)");
    CHECK(keys_of(user.find()) == "DEF:canary/+=1:");
    remove_file(user.home / ".aws/credentials");
    if (geteuid() == 0) { // root's files may be read by others where a folder of keys is mounted
        CHECK(user.source() == "folder ~/mount");
        CHECK(keys_of(user.find()) == "MNT:canary-mnt:");
    }
    user.settings.key_folder.reset();
    CHECK(user.refusal() ==
          "no credentials for registry 'lab'; looked in: environment, web identity, profile 'default' "
          "(~/.aws/credentials: no such file)");
    CHECK(user.client.log.text().find("canary") == std::string::npos);
}

TEST_CASE("what is missing is named") {
    User user;
    user.settings.profile = "lab";
    CHECK(user.refusal() ==
          "no credentials for registry 'lab': profile 'lab' is neither in ~/.aws/credentials nor in "
          "~/.aws/config");
    user.write(".aws/config", "[lab]\ncredential_process = x\n"); // in this file profiles have a word before
    CHECK(user.refusal().find("is neither in") != std::string::npos);
    user.write(".aws/config", "[profile lab]\nregion = x\n", 0644);
    CHECK(user.refusal() == "profile 'lab' has no keys (~/.aws/config)");
    user.write(".aws/config", "[profile  lab ]\nsso_session = x\n");
    CHECK(user.refusal().find("which dsctl does not do") != std::string::npos);
    user.settings.profile.reset();
    user.write(".aws/config", "[default]\nregion = x\n");
    user.settings.key_folder = user.home / "none";
    CHECK(user.refusal() ==
          "no credentials for registry 'lab'; looked in: environment, web identity, profile 'default' "
          "(~/.aws/credentials: no keys in it), folder ~/none (no accessKeyID)");
    make_dirs(user.home / "none");
    user.write("none/accessKeyID", "X");
    CHECK(user.refusal().find("needs both files") != std::string::npos);
    user.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere";
    CHECK(user.refusal() == "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    user.variables["AWS_ROLE_ARN"] = "r";
    CHECK(user.refusal().find("'/nowhere' does not exist") != std::string::npos);
}

TEST_CASE("files that others may read or write are refused") {
    User user;
    const std::string keys = "[default]\naws_access_key_id=A\naws_secret_access_key=canary\n";
    for (const mode_t mode : {0640, 0604, 0660, 0606, 0644, 0622}) {
        user.write(".aws/credentials", keys, mode);
        CHECK_MESSAGE(user.refusal().find("by others") != std::string::npos, mode);
    }
    user.write(".aws/credentials", keys, 0400);
    CHECK(user.source() == "profile 'default' (~/.aws/credentials)");
    remove_file(user.home / ".aws/credentials");
    user.write(".aws/config", keys, 0644); // keys in a file that is usually open
    CHECK(user.refusal().find("can be read by others") != std::string::npos);
    user.write(".aws/config", "[default]\ncredential_process=true\n", 0666);
    CHECK(user.refusal().find("can be written by others") != std::string::npos);
    make_dirs(user.home / "keys");
    user.settings.key_folder = user.home / "keys";
    remove_file(user.home / ".aws/config");
    user.write("keys/accessKeyID", "A", 0666);
    CHECK(user.refusal().find("can be written by others") != std::string::npos);
    make_dirs(user.home / ".aws/credentials");
    CHECK(user.refusal().find("is not a file") != std::string::npos);
}

TEST_CASE("another user's file is refused") {
    if (geteuid() != 0) {
        return; // cannot be made
    }
    User user;
    user.write(".aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=canary\n");
    CHECK(chown((user.home / ".aws/credentials").c_str(), 12345, 12345) == 0);
    CHECK(user.refusal().find("belongs to another user") != std::string::npos);
}

TEST_CASE("keys as Kubernetes mounts them: links into a folder that is exchanged") {
    if (geteuid() != 0) {
        return; // such mounts are root's
    }
    User user;
    make_dirs(user.home / "s/..2026_1");
    user.write("s/..2026_1/accessKeyID", "K8S", 0644);
    user.write("s/..2026_1/accessKeySecret", "canary", 0644);
    CHECK(symlink("..2026_1", (user.home / "s/..data").c_str()) == 0);
    CHECK(symlink("..data/accessKeyID", (user.home / "s/accessKeyID").c_str()) == 0);
    CHECK(symlink("..data/accessKeySecret", (user.home / "s/accessKeySecret").c_str()) == 0);
    user.variables["DSCTL_CREDENTIALS_DIR"] = user.home / "s";
    CHECK(keys_of(user.find()) == "K8S:canary:");
}

TEST_CASE("credential_process") {
    User user;
    user.settings.profile = "p";
    const auto print = [&](const std::string& json) {
        user.write("json", json);
        user.write(".aws/config",
                   "[profile p]\ncredential_process = /bin/cat \"" + (user.home / "json") + "\"\n");
    };
    print(R"({"Version":1,"AccessKeyId":"PRC","SecretAccessKey":"canary","SessionToken":"canary2",)"
          R"("Expiration":"2999-01-01T00:00:00.123Z"})");
    CHECK(user.source() == "credential_process of profile 'p'");
    CHECK(keys_of(user.find()) == "PRC:canary:canary2");
    CHECK(user.find().expires.value() == 32'472'144'000);
    for (const char* bad :
         {"", "canary", R"({"Version":2,"AccessKeyId":"P","SecretAccessKey":"canary"})",
          R"({"Version":1,"AccessKeyId":"P","SecretKey":"canary"})",
          R"({"Version":1,"AccessKeyId":7,"SecretAccessKey":"canary"})",
          R"({"Version":1,"AccessKeyId":"P","SecretAccessKey":"canary","Expiration":"soon"})",
          R"({"Version":1,"AccessKeyId":"P","SecretAccessKey":""})",
          R"({"Version":1,"AccessKeyId":"a/b","SecretAccessKey":"canary"})"}) {
        print(bad);
        CHECK_MESSAGE(!user.refusal().empty(), bad);
    }
    print(std::string(100'000, ' '));
    CHECK(user.refusal().find("more than 64 KiB") != std::string::npos);
    user.write(".aws/config", "[profile p]\ncredential_process = /bin/sh -c 'echo canary; exit 3'\n");
    CHECK(user.refusal() == "credential_process of profile 'p' failed with exit code 3");
    user.write(".aws/config", "[profile p]\ncredential_process = /nowhere/x\n");
    CHECK(user.refusal().find("cannot run '/nowhere/x'") != std::string::npos);
    CHECK(split_words("a  'b c'\\ \"d\\\"\" '' e") == std::vector<std::string>{"a", "b c d\"", "", "e"});
    CHECK_THROWS_AS(static_cast<void>(split_words("a 'b")), Error);
}

TEST_CASE("web identity sends the token to the endpoint, and its refusal is told") {
    User user;
    ReceivedRequest got;
    std::string status = "200 OK";
    std::string body = sts_reply("2999-01-01T00:00:00Z");
    LoopbackServer sts([&](ServerConnection& connection) {
        while (auto request = connection.receive()) {
            got = std::move(*request);
            connection.reply(status, body);
        }
    });
    user.write("token", "canary.jwt+/=\n");
    user.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = user.home / "token";
    user.variables["AWS_ROLE_ARN"] = "arn:aws:iam:::role/r";
    user.variables["AWS_ROLE_SESSION_NAME"] = "nb";
    user.variables["AWS_ENDPOINT_URL_STS"] = sts.endpoint().url();
    CHECK(user.source() == "web identity of role 'arn:aws:iam:::role/r'");
    CHECK(got.method == "POST");
    CHECK(got.target == "/");
    CHECK(got.body ==
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A%3Arole%2Fr"
          "&RoleSessionName=nb&WebIdentityToken=canary.jwt%2B%2F%3D");
    CHECK(got.headers.count("authorization") == 0);
    status = "403 Forbidden";
    for (const char* text : {"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
                             "<Error><Code>AccessDenied</Code></Error>"}) {
        body = text;
        CHECK(user.refusal() == "web identity: " + sts.endpoint().authority() +
                                    " refused role 'arn:aws:iam:::role/r' (403 AccessDenied)");
    }
    status = "200 OK";
    body = "<x/>";
    CHECK_THROWS_AS(static_cast<void>(user.find()), CorruptObject);
    CHECK(user.client.log.text().find("canary") == std::string::npos);
}

TEST_CASE("temporary keys are renewed before they expire, and kept if that fails") {
    User user;
    std::atomic<int> asked{0};
    std::atomic<bool> refusing{false};
    std::atomic<std::int64_t> lasts{200}; // below the five minutes before which keys are renewed
    LoopbackServer sts([&](ServerConnection& connection) {
        while (connection.receive()) {
            ++asked;
            connection.reply(refusing ? "403 Forbidden" : "200 OK", sts_reply(rfc3339(unix_now() + lasts)));
        }
    });
    user.settings.endpoint = sts.endpoint();
    user.write("token", "canary");
    user.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = user.home / "token";
    user.variables["AWS_ROLE_ARN"] = "r";
    CredentialChain chain(user.settings, user.client.http);
    static_cast<void>(chain.current());
    static_cast<void>(chain.current());
    CHECK(asked == 2);
    refusing = true;
    CHECK(chain.current().access_key_id == "TEMP");
    CHECK(asked == 3);
    chain.refresh();
    CHECK_THROWS_AS(static_cast<void>(chain.current()), Error);
    refusing = false;
    lasts = 3600;
    static_cast<void>(chain.current());
    static_cast<void>(chain.current());
    CHECK(asked == 5);
}

TEST_CASE("endpoint, authorities and region: configuration before environment") {
    std::map<std::string, std::string> variables;
    const Environment environment = [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    CHECK(!configured_endpoint({}, environment));
    CHECK(configured_ca({}, environment).empty());
    CHECK(configured_region({}, environment) == "us-east-1");
    variables = {
        {"AWS_ENDPOINT_URL", "https://b.lab"}, {"AWS_CA_BUNDLE", "/ca"}, {"AWS_DEFAULT_REGION", "r2"}};
    CHECK(configured_endpoint({}, environment)->host == "b.lab");
    CHECK(configured_ca({}, environment) == "/ca");
    CHECK(configured_region({}, environment) == "r2");
    variables["AWS_ENDPOINT_URL_S3"] = "https://a.lab";
    variables["AWS_REGION"] = "r1";
    CHECK(configured_endpoint({}, environment)->host == "a.lab");
    CHECK(configured_region("r0", environment) == "r0");
    CHECK(configured_region({}, environment) == "r1");
    CHECK(configured_endpoint("https://c.lab:1", environment)->authority() == "c.lab:1");
    CHECK(configured_ca("/own", environment) == "/own");
    CHECK_THROWS_AS(static_cast<void>(configured_endpoint("http://a.lab", environment)), Error);
}
