// SPDX-License-Identifier: MIT
#include "nevus/training/fit.h"

#include <new>
#include <nlohmann/json.hpp>

#include "nevus/base/file.h"
#include "nevus/training/networks.h"
#include "nevus/training/run.h"
#include "nevus/training/sampling.h"

namespace nevus::training {
namespace {

constexpr int kPredictionBatch = 32;

std::vector<std::string> teacher_hashes(FitOptions const& options) {
  std::vector<std::string> hashes;
  for (auto const& teacher : options.teachers) hashes.push_back(network_sha256(*teacher));
  return hashes;
}

Result<void> check_teachers(TrainingConfig const& config, FitOptions const& options) {
  bool const wanted = config.distill.weight > 0;
  if (wanted == !options.teachers.empty()) return {};
  return fail(ErrorCode::kUsage,
              wanted ? "the recipe has distill.weight, but no teacher is named (--teacher RUN)"
                     : "teachers are named, but the recipe does not learn from them: its distill.weight is 0");
}

std::string run_facts(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  nlohmann::ordered_json facts;
  facts["recipe"] = config.name;
  facts["data"] = data.name;
  facts["source"] = data.source;
  facts["split"] = data.split;
  facts["train_photos"] = data.train.size();
  facts["val_photos"] = data.val.size();
  facts["train_sha256"] = dataset::content_sha256(data.train);
  facts["val_sha256"] = dataset::content_sha256(data.val);
  facts["extra_photos"] = data.extra.size();
  facts["extra_sha256"] = dataset::content_sha256(data.extra);
  facts["sharper_photos"] = data.sharper.size();
  facts["sharper_sha256"] = dataset::content_sha256(data.sharper);
  facts["pretraining_photos"] = data.pretraining.size();
  facts["pretraining_sha256"] = dataset::content_sha256(data.pretraining);
  facts["leaked_share"] = dataset::leaked_share(data.train, data.val);
  facts["class_counts"] = dataset::class_counts(data.train);
  facts["teachers"] = teacher_hashes(options);
  if (options.start) facts["start"] = network_sha256(*options.start);
  if (options.start) facts["start_data"] = options.start_data;
  facts["start_weights"] = options.start               ? options.start_weights
                           : config.network.pretrained ? "ImageNet"
                                                       : std::string("none");
  facts["code_commit"] = options.code_commit;
  facts["torch"] = TORCH_VERSION;
  return facts.dump(2) + "\n";
}

/// A fresh run must not overwrite one that is there; a resumed one must be of the same recipe and data.
Result<void> check_folder(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  auto const& folder = options.run_folder;
  bool const has_checkpoint = std::filesystem::exists(folder / "checkpoint.pt");
  if (!options.resume) {
    if (has_checkpoint) {
      return fail(ErrorCode::kUsage,
                  folder.string() + ": there is a run here already; go on with --resume or choose another --out");
    }
    return {};
  }
  if (!has_checkpoint) return fail(ErrorCode::kNotFound, folder.string() + ": there is no checkpoint to resume from");
  NEVUS_TRY(auto const old_config, read_file(folder / "config.toml"));
  if (!std::equal(old_config.begin(), old_config.end(), config.text.begin(), config.text.end())) {
    return fail(ErrorCode::kConfig,
                folder.string() + ": the run was started with another recipe; resume with its own config.toml");
  }
  NEVUS_TRY(auto const old_facts, read_file(folder / "run.json"));
  auto const facts = nlohmann::json::parse(old_facts, nullptr, false);
  auto const same = [&facts](char const* key, std::vector<Sample> const& samples) {
    // Kinds of photos that the program did not know when the run began.
    if (!facts.contains(key)) return samples.empty();
    return facts.value(key, "") == dataset::content_sha256(samples);
  };
  if (!facts.is_object()) return fail(ErrorCode::kData, (folder / "run.json").string() + ": is not a JSON object");
  if (facts.value("teachers", std::vector<std::string>()) != teacher_hashes(options))
    return fail(ErrorCode::kData, folder.string() + ": the run was started with other teachers");
  if (options.start && facts.value("start", "") != network_sha256(*options.start))
    return fail(ErrorCode::kUsage, folder.string() + ": the run was not started from this network (--start)");
  if (facts.contains("val_sha256") && !same("val_sha256", data.val))
    return fail(ErrorCode::kData, folder.string() + ": the run was started with other validation photos");
  if (same("train_sha256", data.train) && same("extra_sha256", data.extra) && same("sharper_sha256", data.sharper) &&
      same("pretraining_sha256", data.pretraining)) {
    return {};
  }
  return fail(ErrorCode::kData, folder.string() + ": the run was started with other training photos");
}

}  // namespace

Result<void> fit(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  NEVUS_CHECK(check_teachers(config, options));
  NEVUS_CHECK(check_folder(config, data, options));
  std::error_code error;
  std::filesystem::create_directories(options.run_folder, error);
  if (error) return fail(ErrorCode::kIo, options.run_folder.string() + ": " + error.message());
  if (!options.resume) {
    NEVUS_CHECK(write_file_atomically(options.run_folder / "config.toml", config.text));
    NEVUS_CHECK(write_file_atomically(options.run_folder / "run.json", run_facts(config, data, options)));
  }
  try {
    Run run(config, options);
    NEVUS_CHECK(run.prepare(data));
    return run.all_epochs();
  } catch (c10::Error const& problem) {
    return fail(ErrorCode::kTraining, std::string("LibTorch: ") + problem.what_without_backtrace());
  } catch (std::bad_alloc const&) {
    return fail(ErrorCode::kTraining, "there is not enough memory: take a smaller optimization.batch or input_px");
  }
}

Result<TrainedNetwork> load_trained(std::filesystem::path const& run_folder) {
  NEVUS_TRY(auto config, load_config(run_folder / "config.toml"));
  NEVUS_TRY(auto const networks, make_run_networks(config));
  NEVUS_TRY(auto const state, load_checkpoint(run_folder / "checkpoint.pt", networks, nullptr));
  auto const network = state.best_epoch > 0 ? networks.best : networks.average;
  network->eval();
  auto const architecture = config.network.name;
  NEVUS_TRY(auto provenance, read_provenance(run_folder));
  return TrainedNetwork{std::move(config), network, state.best_epoch > 0 ? state.best_epoch : state.epochs_done,
                        architecture, std::move(provenance)};
}

Result<TrainedNetwork> load_run(std::filesystem::path const& run_folder, Dataset const& trained_on) {
  NEVUS_TRY(auto trained, load_trained(run_folder));
  NEVUS_CHECK(check_trained_on(run_folder, trained_on));
  auto const& phase = trained.config.phase_of(std::max(0, trained.epoch - 1));
  auto const shift = prior_shift(trained_on.train, photos_of(phase, trained_on), trained.config);
  trained.network->fold_for_serving({shift.begin(), shift.end()});
  return trained;
}

std::vector<Prediction> predict(Network& network, PhotoStore const& store, PreprocessSpec const& spec,
                                PerClass<float> const& logit_shift) {
  torch::NoGradGuard const no_grad;
  network.eval();
  auto const device = network.parameters().front().device();
  std::vector<Prediction> predictions;
  std::size_t const row_size = std::size_t{3} * spec.width_px * spec.height_px;
  for (std::size_t start = 0; start < store.samples.size(); start += kPredictionBatch) {
    std::size_t const rows = std::min<std::size_t>(kPredictionBatch, store.samples.size() - start);
    auto input = torch::empty({std::int64_t(rows), 3, spec.height_px, spec.width_px});
    for (std::size_t row = 0; row < rows; ++row) {
      model::normalize(model::render(store.photos[start + row], spec), spec,
                       {input.data_ptr<float>() + row * row_size, row_size});
    }
    input = input.contiguous(torch::MemoryFormat::ChannelsLast).to(device);
    auto const logits = network.forward(input).logits.to(torch::kCPU).contiguous();
    for (std::size_t row = 0; row < rows; ++row) {
      auto const& sample = store.samples[start + row];
      auto prediction = evaluation::prediction_of(sample, {});
      for (std::size_t c = 0; c < kLesionClassCount; ++c) {
        prediction.logits[c] = logits.data_ptr<float>()[row * kLesionClassCount + c] + logit_shift[c];
      }
      predictions.push_back(std::move(prediction));
    }
  }
  return predictions;
}

}  // namespace nevus::training
