#include "dataset/uses.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"
#include "registry/uses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::uint64_t max_log_bytes = 4u << 20;
constexpr unsigned lock_wait_ms = 1000;
constexpr std::chrono::seconds registry_patience{3};

std::string uses_dir() {
    return user_data_dir() + "/uses";
}

/// A variable that tells the run, and one that tells what it is a run of.
struct RunVariable {
    const char* id;
    const char* source;
    const char* job;
};
constexpr std::array<RunVariable, 10> run_variables = {
    {{"DSCTL_RUN_ID", "dsctl", "DSCTL_JOB"},
     {"MLFLOW_RUN_ID", "mlflow", "MLFLOW_EXPERIMENT_NAME"},
     {"KFP_RUN_ID", "kubeflow", "KFP_RUN_NAME"},
     {"KFP_POD_NAME", "kubeflow", "KFP_RUN_NAME"},
     {"WORKFLOW_ID", "kubeflow", "WORKFLOW_NAME"},
     {"ARGO_WORKFLOW_UID", "argo", "ARGO_WORKFLOW_NAME"},
     {"WANDB_RUN_ID", "wandb", "WANDB_PROJECT"},
     {"NB_PREFIX", "kubeflow", "NB_USER"},
     {"JPY_SESSION_NAME", "jupyter", "JUPYTERHUB_USER"},
     {"JUPYTERHUB_SERVER_NAME", "jupyter", "JUPYTERHUB_USER"}}};

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

/// Makes room: a full log becomes the old one. Under the lock.
void rotate(const std::string& log, std::uint64_t more) {
    const auto stat = try_lstat(log);
    if (stat && static_cast<std::uint64_t>(stat->st_size) + more > max_log_bytes) {
        rename_file(log, log + ".old", Durability::volatile_);
    }
}

void append(const std::string& line) {
    const auto dir = uses_dir();
    make_dirs(dir, 0700);
    const auto lock = LockFile::acquire(dir + "/lock", LockFile::Mode::exclusive, lock_wait_ms);
    if (!lock) {
        throw Error(ErrorKind::locked, "others write the log of uses");
    }
    const auto log = dir + "/log";
    rotate(log, line.size());
    const Fd fd = open_file(log, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    const auto end = ::lseek(fd.get(), 0, SEEK_END);
    char last = '\n';
    if (end > 0) { // what a killed process left half written ends here
        (void)pread_full(fd.get(), &last, 1, static_cast<std::uint64_t>(end - 1), log);
    }
    write_full(fd.get(), last == '\n' ? line : "\n" + line, log);
}

} // namespace

std::optional<UseRecord::Run> run_of_environment() {
    for (const auto& variable : run_variables) {
        if (const auto id = env(variable.id)) {
            return UseRecord::Run{variable.source, *id, env(variable.job).value_or("")};
        }
    }
    return std::nullopt;
}

UseRecord use_of(Session& session, const ResolvedVersion& version, const std::string& action) {
    UseRecord record;
    record.registry_id = version.registry_id;
    record.dataset = version.dataset.str();
    record.version = version.version;
    record.digest = version.digest;
    record.commit = version.commit;
    record.action = action;
    record.time = session.now();
    record.user = session.author().name;
    record.host = host_name();
    record.run = run_of_environment();
    return record;
}

RecordUse record_use_setting(Session& session) {
    const auto text = session.config().get("core.record-use").value_or("true");
    if (text == "local") {
        return RecordUse::here;
    }
    if (text == "true" || text == "yes" || text == "on" || text == "1") {
        return RecordUse::everywhere;
    }
    if (text == "false" || text == "no" || text == "off" || text == "0") {
        return RecordUse::no;
    }
    throw Error(ErrorKind::usage,
                fmt::format("core.record-use is '{}', none of true, local, false", printable(text)),
                "dsctl config set core.record-use local");
}

void record_use_here(Session& session, const UseRecord& record) noexcept {
    try {
        append(record.text());
    } catch (const std::exception& error) {
        session.context().log.trace(fmt::format("the use is not recorded here: {}", error.what()));
    }
}

void record_use_there(const std::string& alias, const std::string& url, BucketSettings settings,
                      const UseRecord& record, Log& log) noexcept {
    try {
        // Whoever uses the data does not wait for a registry that is slow about this.
        std::stop_source give_up;
        const std::stop_callback interrupted(settings.stop, [&] { give_up.request_stop(); });
        settings.stop = give_up.get_token();
        NoLog quiet;
        settings.log = &quiet;
        std::mutex mutex;
        std::condition_variable_any done;
        std::jthread watch([&](const std::stop_token& over) {
            std::unique_lock guard(mutex);
            done.wait_for(guard, over, registry_patience, [&] { return over.stop_requested(); });
            if (!over.stop_requested()) {
                give_up.request_stop();
            }
        });
        auto buckets = open_buckets(url, settings);
        put_use(*buckets.control, record);
        log.trace(fmt::format("registry {}: the use is recorded", alias));
    } catch (const std::exception& error) {
        log.trace(fmt::format("registry {}: the use is not recorded: {}", alias, error.what()));
    } catch (...) {
        log.trace(fmt::format("registry {}: the use is not recorded", alias));
    }
}

void record_use(Session& session, const ResolvedVersion& version, const std::string& action) noexcept {
    try {
        const auto setting = record_use_setting(session);
        if (setting == RecordUse::no || version.commit.empty()) {
            return;
        }
        const auto record = use_of(session, version, action);
        record_use_here(session, record);
        if (setting == RecordUse::everywhere) {
            record_use_there(version.registry, version.registry_url,
                             session.bucket_settings(version.registry), record, session.context().log);
        }
    } catch (const std::exception& error) {
        session.context().log.trace(fmt::format("the use is not recorded: {}", error.what()));
    }
}

std::vector<UseRecord> uses_here(const std::optional<std::string>& registry_id, const DatasetName& dataset) {
    std::vector<UseRecord> result;
    for (const auto* name : {"/log.old", "/log"}) {
        std::optional<ByteString> text;
        try {
            text = try_read_file(uses_dir() + name, 2 * max_log_bytes);
        } catch (const Error&) { // somebody else's, or far too large
            continue;
        }
        ByteView rest = text ? ByteView(*text) : ByteView();
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            const auto line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.find(dataset.str()) == ByteView::npos) {
                continue;
            }
            try {
                auto record = UseRecord::parse(line, "a recorded use");
                if (record.dataset == dataset.str() && (!registry_id || record.registry_id == *registry_id)) {
                    result.push_back(std::move(record));
                }
            } catch (const Error&) { // a torn line
                continue;
            }
        }
    }
    std::reverse(result.begin(), result.end());
    std::stable_sort(result.begin(), result.end(),
                     [](const UseRecord& a, const UseRecord& b) { return a.time > b.time; });
    return result;
}

} // namespace ds
