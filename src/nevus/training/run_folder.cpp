// SPDX-License-Identifier: MIT
#include "nevus/training/run_folder.h"

#include <sstream>

#include "nevus/base/file.h"
#include "nevus/evaluation/curves.h"

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

}  // namespace

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
    write("optimizer", optimizer);
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
    archive.load_from(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    auto const read = [&archive](char const* key, auto& part) {
      torch::serialize::InputArchive inner;
      archive.read(key, inner);
      part.load(inner);
    };
    read("network", *networks.trained);
    read("average", *networks.average);
    read("best", *networks.best);
    if (optimizer != nullptr) read("optimizer", *optimizer);
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
  return write_file_atomically(folder / "curves.png", chart.png);
}

}  // namespace nevus::training
