// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "nevus/llm/client.h"
#include "nevus/llm/transfer.h"

namespace nevus::llm {
namespace {

using Clock = std::chrono::steady_clock;

struct ListedModel {
  std::string id;
  std::int64_t context = 0;
  std::int64_t created = 0;
};

std::int64_t number(nlohmann::json const& node, char const* key) {
  auto const found = node.find(key);
  return found != node.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// Those of a server's list that can be meant for conversation, by their names: the list says no more.
std::vector<ListedModel> conversing(nlohmann::json const& tree) {
  constexpr auto kOthers =
      std::to_array<std::string_view>({"whisper", "tts", "speech", "audio", "guard", "safeguard", "embed", "rerank",
                                       "moderation", "image", "dall", "ocr", "vision-only", "orpheus", "bge-"});
  std::vector<ListedModel> models;
  auto const data = tree.is_object() ? tree.find("data") : tree.end();
  if (data == tree.end() || !data->is_array()) return models;
  for (auto const& node : *data) {
    if (!node.is_object() || !node.contains("id") || !node["id"].is_string()) continue;
    auto const id = node["id"].get<std::string>();
    auto const lower = [&] {
      auto text = id;
      std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
      return text;
    }();
    bool const other = std::ranges::any_of(kOthers, [&](auto word) { return lower.find(word) != std::string::npos; });
    bool const retired = node.contains("active") && node["active"] == false;
    constexpr std::size_t kLongestName = 200;
    auto const is_printable = [](unsigned char byte) { return byte > 0x20 && byte < 0x7F; };  // it is shown to people
    bool const is_name = !id.empty() && id.size() <= kLongestName && std::ranges::all_of(id, is_printable);
    if (other || retired || !is_name) continue;
    models.push_back({id, number(node, "context_window"), number(node, "created")});
  }
  return models;
}

LlmResult<std::string> discover(LlmSetup const& setup, LlmLimits const& limits, std::stop_token const& stop) {
  std::string text;
  auto const received = transfer(
      setup, {setup.address.url + "/models", ""}, limits, Clock::now() + limits.total,
      [&](Received const&, std::string_view bytes) {
        text += bytes;
        return true;
      },
      stop);
  if (!received) return tl::unexpected<LlmFailure>(received.error());
  constexpr int kOk = 200;
  if (received->status != kOk)
    return tl::unexpected<LlmFailure>(failure_of(*received, setup.address.host, setup.model));
  auto models = conversing(nlohmann::json::parse(text, nullptr, false));
  if (models.empty())
    return tl::unexpected<LlmFailure>(
        LlmFailure{LlmProblem::kBadAnswer, setup.address.host + " lists no model that could be asked; set llm_model"});
  auto const best = std::ranges::max_element(models, [](ListedModel const& a, ListedModel const& b) {
    return std::pair(a.context, a.created) < std::pair(b.context, b.created);
  });
  return best->id;
}

}  // namespace

LlmResult<std::string> ModelChoice::choose(LlmSetup const& setup, LlmLimits const& limits,
                                           std::stop_token const& stop) {
  if (!setup.model.empty()) return setup.model;
  {
    std::lock_guard const lock(mutex_);
    if (!model_.empty() && Clock::now() - chosen_at_ < limits.model_is_known_for) return model_;
  }
  auto found = discover(setup, limits, stop);
  if (!found) {
    forget_after(found.error());
    return found;
  }
  std::lock_guard const lock(mutex_);
  model_ = *found;
  chosen_at_ = Clock::now();
  return found;
}

std::string ModelChoice::known() const {
  std::lock_guard const lock(mutex_);
  return model_;
}

void ModelChoice::forget_after(LlmFailure const& failure) {
  if (failure.problem == LlmProblem::kBadAnswer || failure.problem == LlmProblem::kKeyRefused) forget();
}

void ModelChoice::forget() {
  std::lock_guard const lock(mutex_);
  model_.clear();
}

}  // namespace nevus::llm
