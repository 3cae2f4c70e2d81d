// SPDX-License-Identifier: MIT
#include "nevus/training/run_folder.h"

#include <chrono>
#include <cmath>
#include <sstream>

#include "nevus/base/file.h"
#include "nevus/evaluation/curves.h"
#include "nevus/training/event_file.h"

namespace nevus::training {
namespace {

constexpr int kRecordFields = 11;

std::vector<double> to_fields(EpochRecord const& r) {
  return {double(r.epoch),         double(r.input_px), r.learning_rate, r.train_loss, r.val_loss,      r.val_accuracy,
          r.val_balanced_accuracy, r.val_macro_auc,    r.photos_per_s,  r.wait_share, r.peak_memory_mb};
}

EpochRecord from_fields(double const* f) {
  return {int(f[0]), int(f[1]), f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]};
}

std::vector<ScalarEvent> to_events(std::vector<EpochRecord> const& log) {
  double const now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::vector<ScalarEvent> events;
  for (auto const& r : log) {
    ScalarEvent event{now_s, r.epoch, {}};
    for (auto const& [tag, value] : std::initializer_list<std::pair<char const*, double>>{
             {"loss/training", r.train_loss},
             {"loss/validation", r.val_loss},
             {"validation/accuracy", r.val_accuracy},
             {"validation/balanced_accuracy", r.val_balanced_accuracy},
             {"validation/macro_auc", r.val_macro_auc},
             {"run/learning_rate", r.learning_rate},
             {"run/input_px", double(r.input_px)},
             {"run/photos_per_s", r.photos_per_s},
             {"run/peak_memory_mb", r.peak_memory_mb}}) {
      if (std::isfinite(value)) event.scalars.emplace_back(tag, float(value));
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

Result<RunNetworks> make_run_networks(TrainingConfig const& config) {
  RunNetworks networks;
  NEVUS_TRY(networks.trained, make_network(config));
  NEVUS_TRY(networks.average, make_network(config));
  NEVUS_TRY(networks.best, make_network(config));
  return networks;
}

Result<void> save_checkpoint(std::filesystem::path const& path, Checkpoint const& state, RunNetworks const& networks,
                             torch::optim::AdamW const& optimizer) {
  std::ostringstream stream;
  try {
    torch::serialize::OutputArchive archive;
    auto const write = [&archive](char const* key, auto const& part) {
      torch::serialize::OutputArchive inner;
      part.save(inner);
      archive.write(key, inner);
    };
    write("network", *networks.trained);
    write("average", *networks.average);
    write("best", *networks.best);
    if (networks.mean) write("mean", *networks.mean);
    write("optimizer", optimizer);
    if (state.scaler)
      archive.write("scaler", torch::tensor({state.scaler->scale, double(state.scaler->good_steps)}, torch::kFloat64));
    std::vector<double> fields;
    for (auto const& record : state.log) {
      auto const one = to_fields(record);
      fields.insert(fields.end(), one.begin(), one.end());
    }
    archive.write("progress",
                  torch::tensor({std::int64_t(state.epochs_done), state.steps_done, std::int64_t(state.best_epoch)}));
    archive.write("log", torch::tensor(fields, torch::kFloat64));
    archive.save_to(stream);
  } catch (std::exception const& error) {
    return fail(ErrorCode::kIo, path.string() + ": the checkpoint could not be made: " + error.what());
  }
  return write_file_atomically(path, stream.str());
}

Result<Checkpoint> load_checkpoint(std::filesystem::path const& path, RunNetworks const& networks,
                                   torch::optim::AdamW* optimizer) {
  NEVUS_TRY(auto const bytes, read_file(path));
  Checkpoint state;
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(reinterpret_cast<char const*>(bytes.data()), bytes.size(), torch::Device(torch::kCPU));
    auto const read = [&archive](char const* key, auto& part) {
      torch::serialize::InputArchive inner;
      archive.read(key, inner);
      part.load(inner);
    };
    read("network", *networks.trained);
    read("average", *networks.average);
    read("best", *networks.best);
    if (networks.mean) read("mean", *networks.mean);
    if (optimizer != nullptr) read("optimizer", *optimizer);
    if (torch::Tensor scaler; archive.try_read("scaler", scaler))
      state.scaler = {scaler[0].item<double>(), int(scaler[1].item<double>())};
    torch::Tensor progress;
    torch::Tensor log;
    archive.read("progress", progress);
    archive.read("log", log);
    state.epochs_done = int(progress[0].item<std::int64_t>());
    state.steps_done = progress[1].item<std::int64_t>();
    state.best_epoch = int(progress[2].item<std::int64_t>());
    log = log.contiguous();
    for (std::int64_t i = 0; i + kRecordFields <= log.numel(); i += kRecordFields) {
      state.log.push_back(from_fields(log.data_ptr<double>() + i));
    }
  } catch (std::exception const&) {
    return fail(ErrorCode::kData, path.string() + ": the checkpoint is damaged or of another network");
  }
  return state;
}

Result<void> write_log(std::filesystem::path const& folder, std::vector<EpochRecord> const& log) {
  std::ostringstream csv;
  csv << "epoch,input_px,learning_rate,train_loss,val_loss,val_accuracy,val_balanced_accuracy,val_macro_auc,photos_per_"
         "s,"
         "wait_share,peak_memory_mb\n";
  std::vector<double> epochs, train_loss, val_loss, accuracy, balanced, auc;
  for (auto const& record : log) {
    auto const fields = to_fields(record);
    for (std::size_t i = 0; i < fields.size(); ++i) csv << (i > 0 ? "," : "") << fields[i];
    csv << '\n';
    epochs.push_back(record.epoch);
    train_loss.push_back(record.train_loss);
    val_loss.push_back(record.val_loss);
    accuracy.push_back(record.val_accuracy);
    balanced.push_back(record.val_balanced_accuracy);
    auc.push_back(record.val_macro_auc);
  }
  NEVUS_CHECK(write_file_atomically(folder / "log.csv", csv.str()));
  NEVUS_TRY(
      auto const chart,
      evaluation::draw_panels(
          {{"Loss",
            "epoch",
            "cross-entropy",
            {{"training (augmented)", epochs, train_loss}, {"validation", epochs, val_loss}}},
           {"Validation",
            "epoch",
            "",
            {{"accuracy", epochs, accuracy}, {"balanced accuracy", epochs, balanced}, {"macro AUC", epochs, auc}}}}));
  NEVUS_CHECK(write_file_atomically(folder / "curves.png", chart.png));
  return update_event_file(folder / "events.out.tfevents.nevus", to_events(log));
}

}  // namespace nevus::training
