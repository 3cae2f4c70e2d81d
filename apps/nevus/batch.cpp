// SPDX-License-Identifier: MIT
// nevus batch: many photos, one row each, on all cores. A row per photo even when the photo fails.

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <chrono>
#include <exception>
#include <memory>
#include <vector>

#include "commands.h"
#include "nevus/report/audit.h"
#include "nevus/report/csv.h"
#include "nevus/report/json.h"
#include "options.h"
#include "ordered_work.h"
#include "photo_file.h"
#include "photo_list.h"
#include "results_file.h"
#include "terminal.h"

namespace nevus::app {
namespace {

struct BatchOptions {
  PlaceOptions places;
  ModelOptions model;
  std::string source;
  std::string out;
};

enum class Outcome { kAssessed, kRetakeAdvised, kFailed };

struct Row {
  std::string record;
  Outcome outcome;
};

struct Counts {
  std::size_t assessed = 0;
  std::size_t to_retake = 0;
  std::size_t failed = 0;

  void add(Outcome outcome) {
    ++(outcome == Outcome::kAssessed ? assessed : outcome == Outcome::kRetakeAdvised ? to_retake : failed);
  }
  [[nodiscard]] std::size_t total() const { return assessed + to_retake + failed; }
};

/// A photo that brings down a library, or needs more memory than there is, costs its own row and not the batch.
Result<Analysis> analyze_whatever_happens(ListedPhoto const& photo, Classifier const& classifier,
                                          Settings const& settings) {
  try {
    return analyze_file(photo.path, classifier, settings);
  } catch (std::exception const& bug) {
    return fail(ErrorCode::kInternal, photo.name + ": this is a bug in Nevus: " + bug.what());
  }
}

/// An answer whose record cannot be written is not given.
Result<Analysis> recorded(Result<Analysis> analysis, Settings const& settings, ModelIdentity const& model) {
  auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  NEVUS_CHECK(report::record_answer(settings.audit_log, "batch", analysis, {.model = model, .time = now}));
  return analysis;
}

Row row_for(ListedPhoto const& photo, Classifier const& classifier, Settings const& settings, ResultsFormat format,
            ModelIdentity const& model) {
  auto const analysis = recorded(analyze_whatever_happens(photo, classifier, settings), settings, model);
  auto const outcome = !analysis              ? Outcome::kFailed
                       : analysis->assessment ? Outcome::kAssessed
                                              : Outcome::kRetakeAdvised;
  auto const render = [&](auto const& answer) {
    return format == ResultsFormat::kCsv ? report::to_csv_row(answer, photo.name, model)
                                         : report::to_json(answer, photo.name, model) + "\n";
  };
  return {analysis ? render(*analysis) : render(analysis.error()), outcome};
}

std::vector<ListedPhoto> without_done(std::vector<ListedPhoto> photos, ResultsFile const& results) {
  std::erase_if(photos, [&](ListedPhoto const& photo) { return results.done().contains(photo.name); });
  return photos;
}

/// Analyses `photos` and appends their rows in the photos' order.
Result<Counts> fill(ResultsFile& results, std::vector<ListedPhoto> const& photos, Classifier const& classifier,
                    Settings const& settings) {
  auto const model = identity(classifier.card());
  // One photo is decoded while each stream has one in the network.
  auto const threads = static_cast<std::size_t>(classifier.streams()) + 1;
  spdlog::debug("{} photos on {} threads", photos.size(), threads);
  Counts counts;
  Result<void> written;
  ProgressBar progress(photos.size());
  work_in_order(
      photos.size(), threads, 4 * threads,
      [&](std::size_t i) { return row_for(photos[i], classifier, settings, results.format(), model); },
      [&](Row const& row) {
        written = results.append(row.record);
        counts.add(row.outcome);
        progress.show(counts.total(), counts.failed);
        return written.has_value();
      });
  NEVUS_CHECK(written);
  NEVUS_CHECK(results.sync());
  return counts;
}

std::string summary(BatchOptions const& options, Counts const& counts, std::size_t done_before, double seconds) {
  auto text = fmt::format("{}: {} photos in {:.1f} s ({:.1f} photos/s): {} assessed, {} to retake, {} failed",
                          options.out, counts.total(), seconds, static_cast<double>(counts.total()) / seconds,
                          counts.assessed, counts.to_retake, counts.failed);
  if (done_before > 0) text += fmt::format("; {} were there already", done_before);
  return text;
}

Result<void> batch(BatchOptions const& options) {
  NEVUS_TRY(auto const format, results_format(options.out));
  NEVUS_TRY(auto const settings, read_settings(options.places));
  NEVUS_TRY(auto const photos, list_photos(options.source));
  NEVUS_TRY(auto const bundle, load_bundle(options.model.model, options.places, settings));
  NEVUS_TRY(auto const classifier,
            Classifier::load(bundle, {.mode = ServingMode::kThroughput, .precision = options.model.precision}));
  NEVUS_TRY(auto results, ResultsFile::open(options.out, identity(bundle.card)));
  spdlog::debug("{} opened as {}", options.out, format == ResultsFormat::kCsv ? "CSV" : "JSON Lines");

  auto const pending = without_done(photos, results);
  auto const start = std::chrono::steady_clock::now();
  NEVUS_TRY(auto const counts, fill(results, pending, classifier, settings));
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  complain(summary(options, counts, photos.size() - pending.size(), seconds));

  auto const failed = counts.failed + results.failed();
  if (failed == 0) return {};
  return fail(ErrorCode::kPartialFailure,
              std::to_string(failed) + " photos could not be analysed; " + options.out + " says why");
}

}  // namespace

void add_batch(CLI::App& program, Action& chosen) {
  auto const options = std::make_shared<BatchOptions>();
  auto* const command = program.add_subcommand(
      "batch", "Analyse many photos on all cores; run it again after a stop and it goes on where it was");
  command
      ->add_option("DIR|LIST", options->source,
                   "Folder of photos, or a file with one path a line (- is standard input)")
      ->required();
  command->add_option("-o,--out", options->out, "Results: a file ending in .csv or .jsonl")
      ->required()
      ->type_name("FILE");
  add_model_options(*command, options->model);
  add_place_options(*command, options->places);
  command->callback([options, &chosen] { chosen = [options] { return batch(*options); }; });
}

}  // namespace nevus::app
