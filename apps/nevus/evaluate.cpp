// SPDX-License-Identifier: MIT
// nevus evaluate: the served network on labelled photos, as figures with intervals, tables and charts.

#include <spdlog/spdlog.h>
#include <exception>
#include <memory>

#include "commands.h"
#include "labelled_photos.h"
#include "nevus/analysis/stability.h"
#include "nevus/base/file.h"
#include "nevus/evaluation/report.h"
#include "nevus/image/decode.h"
#include "nevus/model/preprocess.h"
#include "nevus/quality/quality.h"
#include "nevus/quality/subject.h"
#include "nevus/risk/ood.h"
#include "options.h"
#include "ordered_work.h"
#include "photo_file.h"
#include "terminal.h"

namespace nevus::app {
namespace {

struct EvaluateOptions {
  PlaceOptions places;
  ModelOptions model;
  LabelledPhotosOptions photos;
  std::string out;
  bool stability = false;
};

constexpr std::size_t kShownIds = 5;

/// "7 photos left out, unreadable: a.jpg: is damaged; …"
std::string left_out(std::vector<std::string> const& photos, std::string const& why) {
  std::string text =
      std::to_string(photos.size()) + (photos.size() == 1 ? " photo" : " photos") + " left out, " + why + ": ";
  for (std::size_t i = 0; i < std::min(kShownIds, photos.size()); ++i) text += (i == 0 ? "" : "; ") + photos[i];
  return text + (photos.size() > kShownIds ? "; …" : ".");
}

struct Answer {
  Prediction prediction;
  bool answered = true;  ///< by `nevus analyze`, as far as the checks before the network go
  std::optional<double> feature_distance;
  std::optional<Stability> stability;
};

struct Task {
  Classifier const& classifier;
  DecodeLimits limits;
  bool stability;
};

/// The photo's logits on the path of `nevus analyze`. A photo that the checks would decline is answered all the same: a
/// figure over the photos that pass them would not be one over the labelled photos.
Result<Answer> predict(Sample const& sample, Task const& task) {
  try {
    auto const& card = task.classifier.card();
    NEVUS_TRY(auto const bytes, read_file(sample.path, task.limits.max_bytes));
    NEVUS_TRY(auto const photo, image::decode(bytes, task.limits));
    Reductions const sizes(photo);
    NEVUS_TRY(auto const output, task.classifier.run(model::preprocess(sizes, card.preprocess)));
    Answer answer{evaluation::prediction_of(sample, output.logits),
                  quality::check_subject(sizes).accepted() && quality::assess(sizes).usable(),
                  {},
                  {}};
    if (card.features) answer.feature_distance = risk::feature_distance(output.embedding, *card.features);
    if (task.stability) {
      NEVUS_TRY(answer.stability, analysis::measure_stability(sizes, task.classifier));
    }
    return answer;
  } catch (std::exception const& bug) {
    return fail(ErrorCode::kInternal, std::string("this is a bug in Nevus: ") + bug.what());
  }
}

struct Answers {
  std::vector<Prediction> predictions;
  ServedExtras extras;
  std::vector<std::string> unreadable;  ///< with the reason
  std::size_t declined = 0;             ///< answered, though `nevus analyze` would not
};

void add(Answers& answers, Answer answer) {
  if (!answer.answered) ++answers.declined;
  if (answer.feature_distance) answers.extras.feature_distances.push_back(*answer.feature_distance);
  if (auto const& measured = answer.stability) {
    auto& stability = answers.extras.stability;
    stability["spread_prob"].push_back(measured->spread_prob);
    stability["view_flip_frac"].push_back(measured->view_flip_frac);
    stability["perturbed_flip_frac"].push_back(measured->perturbed_flip_frac);
  }
  answers.predictions.push_back(std::move(answer.prediction));
}

Answers predict_all(std::vector<Sample> const& samples, Task const& task) {
  auto const threads = static_cast<std::size_t>(task.classifier.streams()) + 1;
  Answers answers;
  ProgressBar progress(samples.size());
  work_in_order(
      samples.size(), threads, 4 * threads, [&](std::size_t i) { return predict(samples[i], task); },
      [&](Result<Answer> answer) {
        auto const done = answers.predictions.size() + answers.unreadable.size();
        if (answer) {
          add(answers, *std::move(answer));
        } else {
          answers.unreadable.push_back(display_name(samples[done].path) + ": " + answer.error().message);
        }
        progress.show(done + 1, answers.unreadable.size());
        return true;
      });
  return answers;
}

Result<void> evaluate(EvaluateOptions const& options) {
  NEVUS_TRY(auto const settings, read_settings(options.places));
  NEVUS_TRY(auto labelled, open_labelled_photos(options.photos));
  NEVUS_TRY(auto const bundle, load_bundle(options.model.model, options.places, settings));
  NEVUS_TRY(auto const classifier,
            Classifier::load(bundle, {.mode = ServingMode::kThroughput, .precision = options.model.precision}));
  auto answers = predict_all(labelled.samples, {classifier, image::limits_from(settings), options.stability});
  if (answers.predictions.empty()) {
    return fail(ErrorCode::kData,
                options.photos.images + ": no labelled photo could be read; the first: " + answers.unreadable.front());
  }
  auto const& card = bundle.card;
  EvaluationFacts facts{card.id + " " + card.version, card.network_sha256, labelled.title, {}};
  facts.notes = training_notes(labelled, card);
  facts.notes.insert(facts.notes.end(), labelled.notes.begin(), labelled.notes.end());
  if (!labelled.missing.empty())
    facts.notes.push_back(left_out(labelled.missing, "not found below " + options.photos.images));
  if (!answers.unreadable.empty()) facts.notes.push_back(left_out(answers.unreadable, "unreadable"));
  if (answers.declined > 0) {
    facts.notes.push_back(std::to_string(answers.declined) +
                          " of the photos would be declined by `nevus analyze` (quality, or no photo of skin); they "
                          "are counted here.");
  }
  auto report =
      evaluation::make_report(std::move(facts), {std::move(answers.predictions), card.calibration, card.class_prior});
  evaluation::add_trust(report, card, answers.extras);
  NEVUS_CHECK(evaluation::write_report(report, options.out));
  NEVUS_CHECK(print(evaluation::report_summary(report)));
  complain(options.out + "/report.md, metrics.json, predictions.csv and the charts are written");
  return {};
}

}  // namespace

void add_evaluate(CLI::App& program, Action& chosen) {
  auto const options = std::make_shared<EvaluateOptions>();
  auto* const command = program.add_subcommand(
      "evaluate", "Measure a model on labelled photos: figures with intervals, tables by group, charts");
  command->add_option("--images", options->photos.images, "Folder of the photos, however deep")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--labels", options->photos.labels,
                   "CSV: HAM10000 metadata, ISIC 2018 Task 3 or ISIC 2019 ground truth, or image,label")
      ->required()
      ->type_name("FILE");
  command->add_option("-o,--out", options->out, "Folder for the report")->required()->type_name("DIR");
  add_choice<PartChoice>(*command, "--part", options->photos.part,
                         "Which photos of the split.csv beside the labels (default test where there is one)",
                         {{"test", PartChoice::kTest}, {"val", PartChoice::kVal}, {"all", PartChoice::kAll}});
  command->add_flag("--stability", options->stability,
                    "Also measure how answers change with turned, mirrored and slightly changed photos; 16 further "
                    "runs of the network a photo");
  add_model_options(*command, options->model);
  add_place_options(*command, options->places);
  command->callback([options, &chosen] { chosen = [options] { return evaluate(*options); }; });
}

}  // namespace nevus::app
