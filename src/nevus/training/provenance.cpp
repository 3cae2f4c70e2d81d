// SPDX-License-Identifier: MIT
#include "nevus/training/provenance.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nevus/base/file.h"
#include "nevus/training/config.h"

namespace nevus::training {
namespace {

using Json = nlohmann::ordered_json;

/// run.json, with the start weights that runs of before they were noted had.
Result<Json> read_facts(std::filesystem::path const& run_folder) {
  auto const path = run_folder / "run.json";
  NEVUS_TRY(auto const bytes, read_file(path));
  auto facts = Json::parse(bytes, nullptr, false);
  if (!facts.is_object()) return fail(ErrorCode::kData, path.string() + ": is not a JSON object");
  NEVUS_TRY(auto const config, load_config(run_folder / "config.toml"));
  if (!facts.contains("start_weights")) facts["start_weights"] = config.network.pretrained ? "ImageNet" : "none";
  facts["network"] = config.network.name;
  return facts;
}

std::string text_in(Json const& facts, char const* key) {
  auto const found = facts.find(key);
  return found != facts.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string training_data_of(Json const& facts) {
  auto const photos = [&](char const* key) {
    auto const found = facts.find(key);
    return found != facts.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  auto text = text_in(facts, "data") + ", " + std::to_string(photos("train_photos")) + " photos of its training part";
  if (auto const extra = photos("extra_photos"); extra > 0)
    text += "; " + std::to_string(extra) + " photos of ISIC 2017";
  if (auto const sharper = photos("sharper_photos"); sharper > 0)
    text += "; " + std::to_string(sharper) + " sharper views of the same photos";
  if (auto const before = photos("pretraining_photos"); before > 0)
    text += "; before them " + std::to_string(before) + " small photos of ISIC 2019 outside HAM10000";
  if (auto const start = text_in(facts, "start_data"); !start.empty()) text += "; from a network trained on " + start;
  return text;
}

void add_provenance(Json const& facts, std::vector<Provenance>& runs) {
  if (auto const soup = facts.find("soup"); soup != facts.end() && soup->is_array()) {
    for (auto const& run : *soup) add_provenance(run, runs);
    return;
  }
  auto const commit = text_in(facts, "code_commit");
  runs.push_back({text_in(facts, "network"), training_data_of(facts), text_in(facts, "start_weights"),
                  commit.empty() ? "unknown" : commit});
}

/// The different values of `field`, in the order of the runs.
std::vector<std::string> distinct(std::vector<Provenance> const& runs, std::string Provenance::*field) {
  std::vector<std::string> values;
  for (auto const& run : runs) {
    if (std::ranges::find(values, run.*field) == values.end()) values.push_back(run.*field);
  }
  return values;
}

std::string joined(std::vector<std::string> const& values) {
  std::string text;
  for (auto const& value : values) text += (text.empty() ? "" : " + ") + value;
  return text;
}

}  // namespace

Result<std::vector<Provenance>> read_provenance(std::filesystem::path const& run_folder) {
  NEVUS_TRY(auto const facts, read_facts(run_folder));
  std::vector<Provenance> runs;
  add_provenance(facts, runs);
  return runs;
}

Result<void> check_trained_on(std::filesystem::path const& run_folder, Dataset const& data) {
  NEVUS_TRY(auto const facts, read_facts(run_folder));
  auto const trained = text_in(facts, "train_sha256");
  if (trained.empty() || trained == dataset::content_sha256(data.train)) return {};
  return fail(ErrorCode::kData,
              run_folder.string() + ": the run was trained on other photos than those of " + data.name + " here");
}

Result<std::string> soup_facts(std::vector<std::filesystem::path> const& run_folders) {
  Json soup;
  for (auto const& folder : run_folders) {
    NEVUS_TRY(auto facts, read_facts(folder));
    if (soup.empty()) {
      for (auto const* key : {"recipe", "data", "source", "split", "train_photos", "val_photos", "train_sha256",
                              "val_sha256", "leaked_share", "class_counts"}) {
        if (facts.contains(key)) soup[key] = facts[key];
      }
    }
    soup["soup"].push_back(std::move(facts));
  }
  return soup.dump(2) + "\n";
}

std::string training_data_text(std::vector<Provenance> const& runs) {
  auto const texts = distinct(runs, &Provenance::training_data);
  if (texts.size() == 1) return texts.front();
  std::vector<std::string> named;
  for (auto const& run : runs) {
    auto text = run.network + ": " + run.training_data;
    if (std::ranges::find(named, text) == named.end()) named.push_back(std::move(text));
  }
  return joined(named);
}

std::string start_weights_text(std::vector<Provenance> const& runs) {
  return joined(distinct(runs, &Provenance::start_weights));
}

std::string code_commit_text(std::vector<Provenance> const& runs) {
  return joined(distinct(runs, &Provenance::code_commit));
}

}  // namespace nevus::training
