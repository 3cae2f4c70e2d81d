// SPDX-License-Identifier: MIT
// nevus analyze: the main job, one answer for each photo.

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "clinic_files.h"
#include "commands.h"
#include "nevus/base/file.h"
#include "nevus/image/encode.h"
#include "nevus/report/audit.h"
#include "nevus/report/csv.h"
#include "nevus/report/json.h"
#include "nevus/report/text.h"
#include "options.h"
#include "photo_file.h"
#include "report_file.h"
#include "terminal.h"

namespace nevus::app {
namespace {

enum class Format { kText, kJson, kCsv };

struct AnalyzeOptions {
  PlaceOptions places;
  ModelOptions model;
  std::vector<std::string> photos;
  Format format = Format::kText;
  std::string heatmap;
  std::optional<LesionClass> heatmap_class;
  OperatingPoint operating_point = OperatingPoint::kBalanced;
  bool stability = false;
  ReportOptions report;
  ClinicOptions clinic;
};

/// Renders answers one after the other in the format that was asked for.
class Writer {
 public:
  Writer(AnalyzeOptions const& options, ModelIdentity model)
      : format_(options.format),
        layout_(options.photos.size() == 1 ? JsonLayout::kIndented : JsonLayout::kOneLine),
        model_(std::move(model)),
        style_(output_style()),
        says_words_(options.report.narrative.has_value()) {}

  [[nodiscard]] Result<void> write(Analysis const& analysis, std::optional<Prose> const& prose,
                                   std::string const& photo) {
    auto const name = photo == "-" ? photo : display_name(photo);
    switch (format_) {
      case Format::kText:
        return print(report::to_text(analysis, name, model_, style_) +
                     (says_words_ && prose ? report::to_text(*prose, style_) : ""));
      case Format::kJson:
        return print(report::to_json(analysis, name, model_, layout_) + "\n");
      case Format::kCsv: {
        auto const header = header_written_ ? "" : report::csv_header();
        header_written_ = true;
        return print(header + report::to_csv_row(analysis, name, model_));
      }
    }
    return {};
  }

 private:
  Format format_;
  JsonLayout layout_;
  ModelIdentity model_;
  TextStyle style_;
  bool says_words_;
  bool header_written_ = false;
};

Result<void> check(AnalyzeOptions const& options) {
  if (std::ranges::count(options.photos, "-") > 1) return fail(ErrorCode::kUsage, "- can be given only once");
  if (options.heatmap_class && options.heatmap.empty())
    return fail(ErrorCode::kUsage, "--class says whose heat map to draw, so it needs --heatmap");
  NEVUS_CHECK(check(options.report, options.photos.size()));
  if (options.report.narrative && options.format != Format::kText)
    return fail(ErrorCode::kUsage, "--narrative goes with --format text");
  bool const for_one_photo = options.clinic.wants_files() || !options.clinic.signed_by.empty();
  if (for_one_photo && options.photos.size() > 1)
    return fail(ErrorCode::kUsage, "--fhir, --dicom-out and --signed-by go with one photo");
  if (options.heatmap.empty()) return {};
  if (options.photos.size() > 1) return fail(ErrorCode::kUsage, "--heatmap goes with one photo");
  if (!options.heatmap.ends_with(".png")) return fail(ErrorCode::kUsage, "--heatmap must name a file ending in .png");
  return {};
}

AnalysisOptions analysis_options(AnalyzeOptions const& options) {
  AnalysisOptions request;
  if (!options.heatmap.empty() || !options.report.file.empty() || options.clinic.wants_files())
    request.explain = ExplanationRequest{options.heatmap_class};
  request.operating_point = options.operating_point;
  request.stability = options.stability;
  return request;
}

/// The picture, or why there is none: that is an outcome, not an error.
Result<void> write_heatmap(Analysis const& analysis, std::string const& file) {
  if (!analysis.explanation) {
    complain("no heat map: the photo was not classified");
    return {};
  }
  auto const& explanation = *analysis.explanation;
  if (!explanation.shown) {
    complain("no heat map: no part of the photo speaks for " + std::string(info(explanation.lesion_class).display));
    return {};
  }
  NEVUS_TRY(auto const png, image::encode_png(explanation.shown->picture));
  return write_file_atomically(file, png);
}

struct Photo {
  ByteVector bytes;
  Analysis analysis;
};

Result<Photo> look_at(std::string const& photo, Classifier const& classifier, Settings const& settings,
                      AnalyzeOptions const& options, Occasion const& occasion) {
  NEVUS_TRY(auto bytes, read_photo(photo, settings));
  auto analysis = analyze_photo(photo, bytes, classifier, settings, analysis_options(options));
  NEVUS_CHECK(report::record_answer(settings.audit_log, "analyze", analysis, occasion));
  if (!analysis) return tl::unexpected<Error>(analysis.error());
  return Photo{std::move(bytes), *std::move(analysis)};
}

/// The files that were asked for beside the answer.
Result<void> write_files(Photo const& photo, std::optional<Prose> const& prose, Occasion const& occasion,
                         AnalyzeOptions const& options) {
  if (!options.heatmap.empty()) NEVUS_CHECK(write_heatmap(photo.analysis, options.heatmap));
  ByteVector pdf;
  if (!options.report.file.empty() && prose) {
    NEVUS_TRY(pdf, make_report(photo.analysis, photo.bytes, occasion, *prose, options.report));
    NEVUS_CHECK(write_file_atomically(options.report.file, pdf));
  }
  return write_clinic_files(options.clinic, photo.analysis, occasion, pdf);
}

Result<void> analyze(AnalyzeOptions const& options) {
  NEVUS_CHECK(check(options));
  NEVUS_TRY(auto const settings, read_settings(options.places));
  NEVUS_TRY(auto const bundle, load_bundle(options.model.model, options.places, settings));
  NEVUS_TRY(auto const classifier, Classifier::load(bundle, {.precision = options.model.precision}));

  NEVUS_TRY(auto const occasion, app::occasion(options.clinic, identity(bundle.card)));
  Writer writer(options, occasion.model);
  Words words(settings, options.report);
  std::size_t failed = 0;
  for (auto const& name : options.photos) {
    auto const photo = look_at(name, classifier, settings, options, occasion);
    if (photo) {
      std::optional<Prose> prose;
      if (options.report.narrative || !options.report.file.empty())
        prose = words.about(photo->analysis, occasion.model);
      NEVUS_CHECK(writer.write(photo->analysis, prose, name));
      NEVUS_CHECK(write_files(*photo, prose, occasion, options));
    } else if (options.photos.size() == 1) {
      return tl::unexpected<Error>(photo.error());
    } else {
      complain(photo.error().message);
      ++failed;
    }
  }
  if (failed == 0) return {};
  return fail(ErrorCode::kPartialFailure, std::to_string(failed) + " of " + std::to_string(options.photos.size()) +
                                              " photos could not be analysed");
}

}  // namespace

void add_analyze(CLI::App& program, Action& chosen) {
  auto const options = std::make_shared<AnalyzeOptions>();
  auto* const command = program.add_subcommand("analyze", "Say what a dermatoscopic photo shows, and how urgent it is");
  command->add_option("PHOTO", options->photos, "Photos; - reads standard input")->required();
  add_choice<Format>(*command, "-f,--format", options->format,
                     "Form of the answer; json is JSON Lines for several photos",
                     {{"text", Format::kText}, {"json", Format::kJson}, {"csv", Format::kCsv}});
  command
      ->add_option("--heatmap", options->heatmap,
                   "Also draw what spoke for the answer (Grad-CAM) over the photo, into this PNG")
      ->type_name("FILE.png");
  std::vector<std::pair<std::string, std::optional<LesionClass>>> classes;
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    classes.emplace_back(kLesionClasses[i].id, static_cast<LesionClass>(i));
  add_choice<std::optional<LesionClass>>(*command, "--class", options->heatmap_class,
                                         "Whose heat map; without it that of the answer", classes);
  add_choice<OperatingPoint>(*command, "--operating-point", options->operating_point,
                             "Where malignant begins: at 95 % sensitivity, balanced, or at 95 % specificity",
                             {{"rule-out", OperatingPoint::kRuleOut},
                              {"balanced", OperatingPoint::kBalanced},
                              {"rule-in", OperatingPoint::kRuleIn}});
  command->add_flag("--stability", options->stability,
                    "Also say how the answer changes when the photo is turned, mirrored or changed a little");
  add_report_options(*command, options->report);
  add_clinic_options(*command, options->clinic);
  add_model_options(*command, options->model);
  add_place_options(*command, options->places);
  command->callback([options, &chosen] { chosen = [options] { return analyze(*options); }; });
}

}  // namespace nevus::app
