// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "nevus/inference/classifier.h"
#include "nevus/model/preprocess.h"
#include "nevus/quality/quality.h"
#include "photos.h"
#include "quality/defects.h"
#include "quality/drawings.h"
#include "sections.h"
#include "verdicts.h"

namespace nevus::bench {
namespace {

enum class Verdict { kPassed, kWarned, kRefused };

/// How one photo was answered.
struct Answer {
  LesionClass truth = LesionClass::kNv;
  bool right = false;           ///< argmax p
  bool balanced_right = false;  ///< argmax p / prior
  Verdict verdict = Verdict::kPassed;
};
using Answers = std::vector<Answer>;

struct Change {
  std::string name;
  std::function<Image(Image const&, unsigned)> make;
};

Verdict verdict_of(QualityReport const& report) {
  if (!report.usable()) return Verdict::kRefused;
  return std::ranges::all_of(report.measures, &QualityMeasure::passed) ? Verdict::kPassed : Verdict::kWarned;
}

class Network {
 public:
  Network(fs::path const& data, fs::path const& bundle) : listed_(read_splits(data)) {
    auto loaded = model::load_bundle(bundle);
    if (!loaded) stop(loaded.error().message);
    auto classifier = Classifier::load(*loaded, {.mode = ServingMode::kThroughput});
    if (!classifier) stop(classifier.error().message);
    classifier_.emplace(*std::move(classifier));
  }

  [[nodiscard]] Answers ask(Paths const& paths, Change const& change) const {
    return on_all_cores<Answer>(paths.size(),
                                [&](std::size_t i) { return ask(paths[i], change.make(load(paths[i]), unsigned(i))); });
  }

 private:
  [[nodiscard]] Answer ask(fs::path const& path, Image const& photo) const {
    auto const output = classifier_->run(model::preprocess(photo, classifier_->card().preprocess));
    if (!output) stop(output.error().message);
    auto const& diagnosis = listed_.at(path.stem().string()).diagnosis;
    std::size_t truth = 0;
    while (kLesionClasses[truth].id != diagnosis) ++truth;
    std::size_t best = 0;
    std::size_t balanced = 0;
    auto const& logits = output->logits;
    auto const over_prior = [&](std::size_t c) {
      return logits[c] / classifier_->card().temperature - std::log(classifier_->card().class_prior[c]);
    };
    for (std::size_t c = 1; c < kLesionClassCount; ++c) {
      if (logits[c] > logits[best]) best = c;
      if (over_prior(c) > over_prior(balanced)) balanced = c;
    }
    return {static_cast<LesionClass>(truth), best == truth, balanced == truth, verdict_of(quality::assess(photo))};
  }

  std::map<std::string, Listed> listed_;
  std::optional<Classifier> classifier_;
};

/// Of the photos that `keep` keeps by their verdict after the change.
struct Score {
  int photos = 0;
  double accuracy = 0;
  double balanced_accuracy = 0;
};

template <typename Keep>
Score score(Answers const& answers, Answers const& verdicts, Keep keep) {
  Score result;
  std::array<double, kLesionClassCount> right{};
  std::array<double, kLesionClassCount> all{};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!keep(verdicts[i].verdict)) continue;
    ++result.photos;
    result.accuracy += answers[i].right;
    right[std::size_t(answers[i].truth)] += answers[i].balanced_right;
    ++all[std::size_t(answers[i].truth)];
  }
  result.accuracy /= std::max(1, result.photos);
  double classes = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (all[c] == 0) continue;
    result.balanced_accuracy += right[c] / all[c];
    ++classes;
  }
  result.balanced_accuracy /= std::max(1.0, classes);
  return result;
}

template <typename Keep>
std::string cells(Answers const& changed, Answers const& clean, Keep keep) {
  auto const after = score(changed, changed, keep);
  auto const before = score(clean, changed, keep);
  std::array<char, 96> text{};
  constexpr int kTooFew = 30;
  if (after.photos < kTooFew) {
    std::snprintf(text.data(), text.size(), " %d | | |", after.photos);
  } else {
    std::snprintf(text.data(), text.size(), " %d | %.1f (%+.1f) | %.1f (%+.1f) |", after.photos, 100 * after.accuracy,
                  100 * (after.accuracy - before.accuracy), 100 * after.balanced_accuracy,
                  100 * (after.balanced_accuracy - before.balanced_accuracy));
  }
  return text.data();
}

constexpr auto kAll = [](Verdict) { return true; };
constexpr auto kAnswered = [](Verdict verdict) { return verdict != Verdict::kRefused; };
constexpr auto kRefused = [](Verdict verdict) { return verdict == Verdict::kRefused; };
constexpr auto kPassed = [](Verdict verdict) { return verdict == Verdict::kPassed; };
constexpr auto kWarned = [](Verdict verdict) { return verdict == Verdict::kWarned; };

Change plain(std::string name, std::function<Image(Image const&)> make) {
  return {std::move(name), [make = std::move(make)](Image const& photo, unsigned) { return make(photo); }};
}

std::vector<Change> spoilt() {
  using namespace quality::defects;
  std::vector<Change> changes;
  for (double const frac : {.005, .01, .015, .02, .03}) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "blurred, sigma %.1f %% of the width", 100 * frac);
    changes.push_back(plain(name.data(), [frac](Image const& p) { return blurred(p, frac); }));
  }
  for (double const gain : {.7, .5, .35, .25, 1.25, 1.5, 2.0, 2.5}) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%s x%.2g", gain < 1 ? "darkened" : "over-exposed", gain);
    changes.push_back(plain(name.data(), [gain](Image const& p) { return gained(p, gain, gain, gain); }));
  }
  for (auto const& defect : kStrongDefects) {
    if (defect.measure == "colour_cast") changes.push_back(plain(std::string(defect.name), defect.spoil));
  }
  changes.push_back(plain("reddish cast: red x1.6", [](Image const& p) { return gained(p, 1.6, 1, 1); }));
  for (double const kept : {.5, .3, .15}) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "behind haze: %.0f %% of the contrast", 100 * kept);
    changes.push_back(plain(name.data(), [kept](Image const& p) { return hazed(p, kept); }));
  }
  return changes;
}

std::vector<Change> drawn_over() {
  using namespace quality::drawings;
  std::vector<Change> changes;
  for (int const count : {15, 30, 60, 100}) {
    changes.push_back({std::to_string(count) + " hairs drawn",
                       [count](Image const& photo, unsigned seed) { return hairy(photo, count, seed).photo; }});
  }
  changes.push_back({"ink drawn", [](Image const& photo, unsigned seed) {
                       return inked(photo, seed % 2 == 0 ? Ink::kBlue : Ink::kViolet, seed).photo;
                     }});
  return changes;
}

Change middle() {
  return plain("window of 200x150 in the middle", [](Image const& photo) {
    return cropped(photo,
                   {photo.width_px() / 6, photo.height_px() / 6, 2 * photo.width_px() / 3, 2 * photo.height_px() / 3});
  });
}

std::vector<Change> framed_otherwise() {
  return {middle(),
          {"window of 200x150 anywhere",
           [](Image const& photo, unsigned seed) {
             return cropped(photo, two_thirds(photo.width_px(), photo.height_px(), seed));
           }},
          {"half as large", [](Image const& photo, unsigned seed) { return from_afar(photo, 2, seed); }},
          {"a third as large", [](Image const& photo, unsigned seed) { return from_afar(photo, 3, seed); }}};
}

template <typename First, typename Second>
void print_table(char const* title, char const* first, char const* second, Answers const& clean,
                 std::vector<Change> const& changes, Network const& network, Paths const& paths, First keep_first,
                 Second keep_second) {
  auto const whole = score(clean, clean, kAll);
  std::printf("\n### %s\n\nUnchanged: %d photos, accuracy %.1f, balanced accuracy %.1f.\n\n", title, whole.photos,
              100 * whole.accuracy, 100 * whole.balanced_accuracy);
  std::printf("| change | %s: photos | accuracy | balanced | %s: photos | accuracy | balanced |\n", first, second);
  std::puts("|---|---:|---:|---:|---:|---:|---:|");
  std::printf("| none |%s%s\n", cells(clean, clean, keep_first).c_str(), cells(clean, clean, keep_second).c_str());
  Answers all;
  Answers all_clean;
  for (auto const& change : changes) {
    auto const changed = network.ask(paths, change);
    std::printf("| %s |%s%s\n", change.name.c_str(), cells(changed, clean, keep_first).c_str(),
                cells(changed, clean, keep_second).c_str());
    std::fflush(stdout);
    all.insert(all.end(), changed.begin(), changed.end());
    all_clean.insert(all_clean.end(), clean.begin(), clean.end());
  }
  std::printf("| **all of these together** |%s%s\n", cells(all, all_clean, keep_first).c_str(),
              cells(all, all_clean, keep_second).c_str());
}

}  // namespace

void print_answers(fs::path const& data, fs::path const& bundle) {
  Network const network(data, bundle);
  std::printf(
      "\n## What the answers lose\n\nThe network of `%s` on validation photos that were changed, split by what the "
      "check "
      "of quality says of the changed photo. In brackets the difference from the same photos unchanged. Accuracy of "
      "argmax "
      "p, balanced accuracy of argmax(p / prior), in per cent; empty for fewer than 30 photos.\n",
      bundle.filename().c_str());
  Change const unchanged = plain("none", [](Image const& photo) { return photo; });
  auto const small = validation_photos(data, "images-200x150");
  auto const clean = network.ask(small, unchanged);
  print_table("Spoilt photos (200x150): answered and refused", "answered", "refused", clean, spoilt(), network, small,
              kAnswered, kRefused);
  print_table("Hair and ink (200x150): answered without and with a warning", "no warning", "warned", clean,
              drawn_over(), network, small, kPassed, kWarned);
  auto const sharp = validation_photos(data, "images-300x225");
  print_table("Framed otherwise (300x225): answered without and with a warning", "no warning", "warned",
              network.ask(sharp, unchanged), framed_otherwise(), network, sharp, kPassed, kWarned);
}

}  // namespace nevus::bench
