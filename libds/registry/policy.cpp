#include "registry/policy.hpp"

#include "base/names.hpp"
#include "base/path.hpp"
#include "registry/buckets/s3.hpp"
#include "registry/buckets/s3_place.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

using Words = std::vector<std::string>;

/// RGW's form of a user's name.
std::string principal(const std::string& user) {
    const auto dollar = user.find('$');
    const auto tenant = dollar == std::string::npos ? std::string() : user.substr(0, dollar);
    const auto name = dollar == std::string::npos ? user : user.substr(dollar + 1);
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-@+=,").find(c) != std::string_view::npos;
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), plain) ||
        !std::all_of(tenant.begin(), tenant.end(), plain)) {
        throw Error(ErrorKind::usage, fmt::format("'{}' cannot be the name of a user", printable(user)),
                    "write NAME, or TENANT$NAME");
    }
    return fmt::format("arn:aws:iam::{}:user/{}", tenant, name);
}

Json list_of(const Words& words) {
    auto list = Json::array();
    for (const auto& word : words) {
        list.push(Json(word));
    }
    return list;
}

/// Collects the statements of one bucket.
class Policy {
  public:
    Policy(const std::string& bucket, std::string sid)
        : bucket_("arn:aws:s3:::" + bucket), sid_(std::move(sid)) {}

    void allow(const std::string& what, const Words& users, const Words& actions, const Words& keys,
               const std::string& listed_prefix = {}) {
        add("Allow", what, users, actions, keys, listed_prefix);
    }
    /// Goes before whatever is allowed.
    void deny(const std::string& what, const Words& users, const Words& actions, const Words& keys) {
        add("Deny", what, users, actions, keys, {});
    }

    [[nodiscard]] Json document() const {
        return Json::object().set("Version", Json("2012-10-17")).set("Statement", statements_);
    }

  private:
    /// Nothing is said for nobody.
    void add(const std::string& effect, const std::string& what, const Words& users, const Words& actions,
             const Words& keys, const std::string& listed_prefix) {
        if (users.empty()) {
            return;
        }
        auto principals = Json::array();
        for (const auto& user : users) {
            principals.push(Json(principal(user)));
        }
        auto resources = Json::array();
        if (keys.empty()) {
            resources.push(Json(bucket_));
        }
        for (const auto& key : keys) {
            resources.push(Json(bucket_ + "/" + key));
        }
        auto statement = Json::object();
        statement.set("Sid", Json(sid_ + "-" + what)).set("Effect", Json(effect));
        statement.set("Principal", Json::object().set("AWS", std::move(principals)));
        statement.set("Action", list_of(actions)).set("Resource", std::move(resources));
        if (!listed_prefix.empty()) {
            auto prefixes = Json::array();
            prefixes.push(Json(listed_prefix));
            statement.set("Condition",
                          Json::object().set("StringLike", Json::object().set("s3:prefix", prefixes)));
        }
        statements_.push(std::move(statement));
    }

    std::string bucket_;
    std::string sid_;
    Json statements_ = Json::array();
};

Words joined(std::initializer_list<const Words*> lists) {
    Words all;
    for (const auto* list : lists) {
        all.insert(all.end(), list->begin(), list->end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

Words without(const Words& all, const Words& some) {
    Words rest;
    std::copy_if(all.begin(), all.end(), std::back_inserter(rest), [&](const std::string& word) {
        return std::find(some.begin(), some.end(), word) == some.end();
    });
    return rest;
}

} // namespace

BucketPolicies bucket_policies(const std::string& url, const BucketSettings& settings, const std::string& ns,
                               const Grants& grants) {
    if (!is_s3_url(url)) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is no bucket; policies are for buckets", printable(url)),
                    "in a folder, file modes decide who may do what");
    }
    check_component(ns, "namespace");
    const auto place = s3::find_place(url, settings);
    const auto below = place.prefix + ns + "/";
    const auto& [readers, writers, publishers, collectors, record_use] = grants;
    const auto all = joined({&readers, &writers, &publishers, &collectors});
    const auto adding = joined({&writers, &publishers});
    if (all.empty()) {
        throw Error(ErrorKind::usage, "nobody is granted anything",
                    "name users: --reader, --writer, --publisher, --collector");
    }

    const Words shared{below + "packs/*", below + "notes/*", below + "samples/*"};
    Policy data(place.data_bucket, "dsctl-" + ns);
    const auto copies = place.prefix + "datasets/" + ns + "/"; // of publish --plain
    const Words published{below + "*/records/*", below + "*/signatures/*", copies + "*"};
    data.allow("list", all, {"s3:ListBucket", "s3:ListBucketVersions"}, {}, below + "*");
    data.allow("list-plain", all, {"s3:ListBucket", "s3:ListBucketVersions"}, {}, copies + "*");
    data.allow("look", all, {"s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration"}, {});
    data.allow("read", all, {"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention"},
               {below + "*", copies + "*"});
    data.allow("write", adding, {"s3:PutObject"}, shared);
    data.allow("publish", publishers, {"s3:PutObject"}, published);
    data.allow("lock", publishers, {"s3:PutObjectRetention"},
               {shared[0], published[0], published[1], published[2]});
    data.allow("condemn", collectors, {"s3:PutObject"}, {shared[1], shared[2]});
    data.allow("collect", collectors, {"s3:DeleteObjectVersion"}, shared);
    data.deny("unpublished", without(joined({&writers, &collectors}), publishers),
              {"s3:PutObject", "s3:PutObjectRetention"}, published);
    data.deny("kept", collectors, {"s3:DeleteObjectVersion"}, published);

    Policy control(place.control_bucket, "dsctl-" + ns);
    control.allow("list", all, {"s3:ListBucket"}, {}, below + "*");
    control.allow("look", all, {"s3:GetBucketVersioning"}, {});
    control.allow("read", all, {"s3:GetObject"}, {below + "*", place.prefix + "registry.json"});
    control.allow("write", adding, {"s3:PutObject"}, {below + "*/heads/*", below + "*/catalog"});
    control.allow("deprecate", publishers, {"s3:PutObject"}, {below + "*/deprecated/*"});
    control.allow("collect", collectors, {"s3:PutObject"},
                  {below + "collection", below + "*/heads/*", below + "*/catalog"});
    if (record_use) {
        control.allow("use", all, {"s3:PutObject"}, {below + "*/uses/*"});
        control.deny("unheaded", without(all, joined({&adding, &collectors})), {"s3:PutObject"},
                     {below + "*/heads/*"});
    }
    return {place.data_bucket, data.document(), place.control_bucket, control.document()};
}

} // namespace ds
