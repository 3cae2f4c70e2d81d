// SPDX-License-Identifier: MIT
#include "nevus/server/models.h"

#include <malloc.h>

#include <algorithm>

namespace nevus::server {

std::string_view name(ModelState state) {
  constexpr std::string_view kNames[] = {"loading", "ready", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

namespace {
bool is_loading(ServedModel const& model) { return model.state == ModelState::kLoading; }
}  // namespace

ModelCard const& ServedModel::card() const {
  static ModelCard const none;
  return classifier ? classifier->card() : none;
}

Models::Models(ModelPlaces places, Log log) : places_(std::move(places)), log_(std::move(log)) {
  for (auto const& folder : places_.folders) {
    ServedModel model;
    model.id = folder.filename().string();
    model.is_default = folder == places_.default_folder;
    models_.push_back(std::move(model));
  }
}

Models::~Models() = default;

void Models::load(std::filesystem::path const& folder, std::stop_token const& stop) {
  auto loaded = model::load_bundle(folder).and_then([](auto const& bundle) { return Classifier::load(bundle); });
  std::unique_lock lock(mutex_);
  auto& model = *std::ranges::find(models_, folder.filename().string(), &ServedModel::id);
  if (!loaded) {
    model.problem = loaded.error().message;
    if (!model.classifier) model.state = ModelState::kFailed;
    log_({.level = LogLevel::kError, .message = model.problem});
    changed_.notify_all();
    return;
  }
  auto const classifier = std::make_shared<Classifier const>(*std::move(loaded));
  model.classifier = classifier;
  model.for_many = nullptr;
  model.state = ModelState::kReady;
  log_({.message = "model is ready", .fields = {{"model", model.id}, {"version", model.card().version}}});
  changed_.notify_all();
  // The second way to compile it would keep the cores from networks that nobody can ask yet.
  changed_.wait(lock, [&] { return std::ranges::none_of(models_, is_loading); });
  lock.unlock();
  if (stop.stop_requested()) return;
  auto for_many = classifier->in_mode(ServingMode::kThroughput);
  lock.lock();
  if (!for_many) return;
  model.for_many = std::make_shared<Classifier const>(*std::move(for_many));
  log_({.message = "model is ready for many at once", .fields = {{"model", model.id}}});
}

Result<std::shared_ptr<Classifier const>> Models::get(std::string const& id) const {
  std::unique_lock lock(mutex_);
  auto const model =
      std::ranges::find_if(models_, [&](ServedModel const& one) { return id.empty() ? one.is_default : one.id == id; });
  if (model == models_.end()) return fail(ErrorCode::kModelNotFound, "there is no model \"" + id + "\" here");
  changed_.wait(lock, [&] { return model->state != ModelState::kLoading; });
  if (!model->classifier) return fail(ErrorCode::kModelRefused, model->problem);
  bool const others_use_it = model->classifier.use_count() > 1;
  return others_use_it && model->for_many ? model->for_many : model->classifier;
}

std::vector<ServedModel> Models::list() const {
  std::lock_guard const lock(mutex_);
  return models_;
}

bool Models::ready() const {
  std::lock_guard const lock(mutex_);
  return std::ranges::none_of(models_, is_loading) &&
         std::ranges::any_of(models_, [](auto const& model) { return model.is_default && model.classifier; });
}

void Models::load_all() {
  loaders_.clear();  // waits for those that still load
  for (auto const& folder : places_.folders) {
    loaders_.emplace_back([this, folder](std::stop_token const& stop) {
      load(folder, stop);
      ::malloc_trim(0);  // what reading and compiling took
    });
  }
}

}  // namespace nevus::server
