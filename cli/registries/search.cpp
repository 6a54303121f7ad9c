// dsctl registry search: datasets by a part of their name or description.
#include "registries/search.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/visible.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// A registry of which a part was searched.
struct Partly {
    std::string registry;
    std::vector<std::string> namespaces;
};

/// What a catalog says in short.
struct Summary {
    std::string description;
    std::uint64_t versions = 0;
    std::string newest; ///< published; empty: none
};

Summary summarise(const std::optional<Catalog>& catalog) {
    Summary summary;
    if (!catalog) {
        return summary;
    }
    summary.description = catalog->description;
    std::uint64_t highest = 0;
    for (const auto& entry : catalog->versions) {
        summary.versions += entry.state == HeadState::dropped ? 0 : 1;
        if (entry.sequence > highest) {
            highest = entry.sequence;
            summary.newest = entry.version;
        }
    }
    return summary;
}

class Search {
  public:
    Search(Cli& cli, const Arguments& args)
        : cli_(cli), word_(args.operand(0).value_or("")), namespaces_(args.values("namespace")),
          known_(known_namespaces(cli)) {
        for (const auto& ns : namespaces_) {
            check_component(ns, "namespace");
        }
        // "demo/ca" names a namespace.
        if (const auto ns = word_.substr(0, word_.find('/')); ns != word_ && is_component(ns)) {
            known_.push_back(ns);
        }
        table_.column("DATASET").column("VERSIONS", Table::Align::right);
        table_.column("NEWEST").column("DESCRIPTION");
        if (cli.json()) {
            json_.emplace(cli.out(), "registry-search");
            json_->begin_array("datasets");
        }
    }

    void look_into(Registry& registry) {
        const auto visible = visible_datasets(registry, namespaces_, known_);
        for (const auto& dataset : visible.datasets) {
            cli_.context().check_stop();
            take(registry, dataset);
        }
        if (visible.only && namespaces_.empty()) {
            partly_.push_back({registry.alias(), *visible.only});
        }
    }

    void finish() {
        if (json_) {
            json_->end_array();
            json_->begin_array("searched_partly");
            for (const auto& part : partly_) {
                Json names = Json::array();
                for (const auto& ns : part.namespaces) {
                    names.push(Json(ns));
                }
                json_->item(
                    Json::object().set("registry", Json(part.registry)).set("namespaces", std::move(names)));
            }
            json_->end_array();
            json_->finish();
        } else if (!cli_.quiet()) {
            if (table_.empty()) {
                cli_.info(word_.empty() ? "no datasets yet"
                                        : fmt::format("no dataset has '{}' in it", printable(word_)));
            } else {
                cli_.out().write(table_.text(cli_.style()));
            }
        }
        for (const auto& part : partly_) {
            cli_.warn(fmt::format("registry {} does not show all of its namespaces to you; searched: {}",
                                  part.registry, fmt::join(part.namespaces, ", ")));
            cli_.hint("dsctl registry search --namespace NS looks into another one");
        }
    }

  private:
    void take(Registry& registry, const DatasetName& dataset) {
        const auto found = summarise(registry.catalog(dataset));
        if (dataset.str().find(word_) == std::string::npos &&
            found.description.find(word_) == std::string::npos) {
            return;
        }
        const auto name = registry.alias() + "/" + dataset.str();
        if (json_) {
            Json item = Json::object();
            item.set("registry", Json(registry.alias())).set("dataset", Json(dataset.str()));
            item.set("description", Json(found.description)).set("versions", Json(found.versions));
            json_->item(item.set("newest", found.newest.empty() ? Json() : Json(found.newest)));
        } else if (cli_.quiet()) {
            cli_.out().line(name);
        } else {
            table_.row({name, grouped(found.versions), found.newest.empty() ? "-" : found.newest,
                        printable(found.description)});
        }
    }

    Cli& cli_;
    std::string word_;
    std::vector<std::string> namespaces_;
    std::vector<std::string> known_;
    Table table_;
    std::optional<JsonDocument> json_;
    std::vector<Partly> partly_;
};

int run_search(Cli& cli, const Arguments& args) {
    const auto only = args.value("registry");
    if (only) {
        (void)cli.session().registry(*only); // a name that is wrong gets its suggestion
    }
    Search search(cli, args);
    for (const auto& entry : cli.session().registries()) {
        if (only && entry.alias != *only) {
            continue;
        }
        try {
            search.look_into(cli.session().registry(entry.alias));
        } catch (const Error& error) {
            if (only || error.kind() == ErrorKind::interrupted) {
                throw;
            }
            cli.warn(fmt::format("registry {}: {}", entry.alias, error.message()));
            if (!error.hint().empty()) {
                cli.hint(error.hint());
            }
        }
    }
    search.finish();
    return 0;
}

} // namespace

std::vector<std::string> known_namespaces(Cli& cli) {
    std::vector<std::string> names{cli.session().default_namespace()};
    if (cli.inside()) {
        names.push_back(cli.repository().name().ns());
    }
    return names;
}

CommandSpec registry_search_command() {
    return CommandSpec("search", "Find datasets by a part of their name or description")
        .option(0, "registry", "NAME", "in this registry only", Complete::registry)
        .options_of(0, "namespace", "NS", "in this namespace only; may be repeated")
        .operand("WORD", Count::optional)
        .json()
        .runs(run_search);
}

} // namespace ds::cli
