// A record of use as the tests of several modules put it.
#pragma once

#include "model/use_record.hpp"

#include <string>
#include <utility>

namespace ds_test {

inline ds::UseRecord sample_use(std::string registry_id) {
    ds::UseRecord record;
    record.registry_id = std::move(registry_id);
    record.dataset = "demo/cats";
    record.version = "v1";
    record.commit = std::string(40, 'c');
    record.action = "get";
    record.time = 1767323045;
    record.user = "Ada";
    record.host = "host";
    return record;
}

} // namespace ds_test
