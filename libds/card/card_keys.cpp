#include "card/card_keys.hpp"

#include <algorithm>
#include <cctype>

namespace ds {

const std::vector<std::string_view>& known_card_keys() {
    static const std::vector<std::string_view> keys = {
        // of LLMOS and dsctl
        "description", "tags", "license", "splitTypes", "split_types", "features", "numSamples",
        "num_samples", "language", "citation", "homepage", "downloadUrl", "download_url", "authors",
        "contact",
        // of Hugging Face
        "pretty_name", "license_name", "license_link", "license_details", "language_bcp47",
        "language_details", "annotations_creators", "language_creators", "multilinguality", "size_categories",
        "source_datasets", "task_categories", "task_ids", "paperswithcode_id", "configs", "config_names",
        "dataset_info", "train-eval-index", "viewer", "thumbnail", "library_name", "extra_gated_prompt",
        "extra_gated_fields", "extra_gated_heading", "extra_gated_description", "extra_gated_button_content",
        "gated", "arxiv", "doi", "modalities", "formats", "dataset_name", "inference", "version"};
    return keys;
}

const std::vector<KnownLicense>& known_licenses() {
    static const std::vector<KnownLicense> licenses = {
        {"apache-2.0", "Apache-2.0"},
        {"mit", "MIT"},
        {"openrail", ""},
        {"bigscience-openrail-m", ""},
        {"creativeml-openrail-m", ""},
        {"bsl-1.0", "BSL-1.0"},
        {"bsd", ""},
        {"bsd-2-clause", "BSD-2-Clause"},
        {"bsd-3-clause", "BSD-3-Clause"},
        {"bsd-3-clause-clear", "BSD-3-Clause-Clear"},
        {"c-uda", "C-UDA-1.0"},
        {"cc", ""},
        {"cc0-1.0", "CC0-1.0"},
        {"cc-by-2.0", "CC-BY-2.0"},
        {"cc-by-2.5", "CC-BY-2.5"},
        {"cc-by-3.0", "CC-BY-3.0"},
        {"cc-by-4.0", "CC-BY-4.0"},
        {"cc-by-sa-3.0", "CC-BY-SA-3.0"},
        {"cc-by-sa-4.0", "CC-BY-SA-4.0"},
        {"cc-by-nc-2.0", "CC-BY-NC-2.0"},
        {"cc-by-nc-3.0", "CC-BY-NC-3.0"},
        {"cc-by-nc-4.0", "CC-BY-NC-4.0"},
        {"cc-by-nd-4.0", "CC-BY-ND-4.0"},
        {"cc-by-nc-nd-3.0", "CC-BY-NC-ND-3.0"},
        {"cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0"},
        {"cc-by-nc-sa-2.0", "CC-BY-NC-SA-2.0"},
        {"cc-by-nc-sa-3.0", "CC-BY-NC-SA-3.0"},
        {"cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"},
        {"cdla-sharing-1.0", "CDLA-Sharing-1.0"},
        {"cdla-permissive-1.0", "CDLA-Permissive-1.0"},
        {"cdla-permissive-2.0", "CDLA-Permissive-2.0"},
        {"wtfpl", "WTFPL"},
        {"ecl-2.0", "ECL-2.0"},
        {"epl-1.0", "EPL-1.0"},
        {"epl-2.0", "EPL-2.0"},
        {"etalab-2.0", "etalab-2.0"},
        {"eupl-1.1", "EUPL-1.1"},
        {"eupl-1.2", "EUPL-1.2"},
        {"agpl-3.0", "AGPL-3.0-only"},
        {"gfdl", ""},
        {"gfdl-1.3", "GFDL-1.3-only"},
        {"gpl", ""},
        {"gpl-2.0", "GPL-2.0-only"},
        {"gpl-3.0", "GPL-3.0-only"},
        {"lgpl", ""},
        {"lgpl-2.1", "LGPL-2.1-only"},
        {"lgpl-3.0", "LGPL-3.0-only"},
        {"isc", "ISC"},
        {"lppl-1.3c", "LPPL-1.3c"},
        {"ms-pl", "MS-PL"},
        {"mpl-2.0", "MPL-2.0"},
        {"odc-by", "ODC-By-1.0"},
        {"odbl", "ODbL-1.0"},
        {"odbl-1.0", "ODbL-1.0"},
        {"osl-3.0", "OSL-3.0"},
        {"ofl-1.1", "OFL-1.1"},
        {"ncsa", "NCSA"},
        {"unlicense", "Unlicense"},
        {"zlib", "Zlib"},
        {"pddl", "PDDL-1.0"},
        {"pddl-1.0", "PDDL-1.0"},
        {"llama2", ""},
        {"llama3", ""},
        {"gemma", ""},
        {"unknown", ""},
        {"other", ""},
    };
    return licenses;
}

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

} // namespace

const KnownLicense* find_license(std::string_view text) {
    const auto wanted = lower(text);
    for (const auto& license : known_licenses()) {
        if (license.card == wanted || (!license.spdx.empty() && lower(license.spdx) == wanted)) {
            return &license;
        }
    }
    return nullptr;
}

std::string license_spdx(std::string_view text) {
    const auto* const known = find_license(text);
    return known != nullptr ? std::string(known->spdx) : "";
}

std::string license_url(std::string_view text) {
    if (is_web_url(text)) {
        return std::string(text);
    }
    const auto spdx = license_spdx(text);
    return spdx.empty() ? "" : "https://spdx.org/licenses/" + spdx + ".html";
}

bool is_web_url(std::string_view text) noexcept {
    const auto rest = text.starts_with("https://")  ? text.substr(8)
                      : text.starts_with("http://") ? text.substr(7)
                                                    : std::string_view();
    return !rest.empty() && rest[0] != '/' && std::all_of(rest.begin(), rest.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > ' ' && byte != 127 && c != '"' && c != '<' && c != '>';
    });
}

bool is_email(std::string_view text) noexcept {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == std::string_view::npos &&
           text.find('.', at + 2) != std::string_view::npos && text.back() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) > ' ' && c != 127 && c != '<' && c != '>';
           });
}

} // namespace ds
