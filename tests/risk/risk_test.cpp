// SPDX-License-Identifier: MIT
#include "nevus/risk/risk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

namespace nevus {
namespace {

struct Shares {
  double akiec = 0, bcc = 0, bkl = 0, df = 0, mel = 0, nv = 0, vasc = 0;
};
PerClass<double> probabilities(Shares s) { return {s.akiec, s.bcc, s.bkl, s.df, s.mel, s.nv, s.vasc}; }

/// A random point of the simplex; a small `concentration` gives confident answers, a large one undecided ones.
PerClass<double> random_answer(std::mt19937& random, double concentration) {
  std::gamma_distribution<double> gamma(concentration);
  PerClass<double> prob{};
  for (auto& value : prob) value = gamma(random) + 1e-12;
  double const sum = std::accumulate(prob.begin(), prob.end(), 0.0);
  for (auto& value : prob) value /= sum;
  return prob;
}

/// kCritical stands first, so a more urgent level is a smaller number.
bool at_least(Urgency urgency, Urgency least) { return urgency <= least; }

TEST(Calibration, SumsToOneAndKeepsTheOrderOfTheLogits) {
  PerClass<float> const logits{-3.F, 2.F, .5F, -1.F, 4.F, 3.5F, 0.F};
  for (double const temperature : {.3, 1.0, 1.7, 20.0}) {
    auto const prob = risk::calibrate(logits, temperature);
    EXPECT_NEAR(std::accumulate(prob.begin(), prob.end(), 0.0), 1, 1e-12);
    for (std::size_t i = 0; i < kLesionClassCount; ++i) {
      for (std::size_t j = 0; j < kLesionClassCount; ++j) EXPECT_EQ(logits[i] > logits[j], prob[i] > prob[j]);
    }
  }
}

TEST(Calibration, IsSoftmaxAtTemperatureOneAndFlatterAbove) {
  PerClass<float> const logits{0, 0, 0, 0, std::log(6.F), 0, 0};
  EXPECT_NEAR(risk::calibrate(logits, 1)[4], .5, 1e-7);
  EXPECT_LT(risk::calibrate(logits, 2)[4], .5);
  EXPECT_GT(risk::calibrate(logits, .5)[4], .5);
}

TEST(Calibration, LogitsBeyondTheRangeOfTheExponentialAreNoProblem) {
  auto const prob = risk::calibrate({-2000, -2000, -2000, -2000, 2000, 1999, -2000}, 1);
  EXPECT_NEAR(prob[4], 1 / (1 + std::exp(-1)), 1e-12);
  EXPECT_EQ(prob[0], 0);
}

struct UrgencyCase {
  char const* fact;
  Shares shares;
  Urgency urgency;
  char const* rule_id;
};

void PrintTo(UrgencyCase const& row, std::ostream* stream) { *stream << row.fact; }

class UrgencyTable : public testing::TestWithParam<UrgencyCase> {};

TEST_P(UrgencyTable, FollowsThePolicy) {
  auto const& row = GetParam();
  auto const assessment = risk::assess(probabilities(row.shares));
  EXPECT_EQ(name(assessment.urgency.urgency), name(row.urgency)) << row.fact;
  EXPECT_EQ(assessment.urgency.rule_id, row.rule_id) << row.fact;
  EXPECT_FALSE(assessment.urgency.reasons.empty());
}

TEST_P(UrgencyTable, StandsInTheDocumentation) {
  std::ifstream stream(NEVUS_SOURCE_DIR "/docs/risk-policy.md");
  std::ostringstream text;
  text << stream.rdbuf();
  auto const row = "| " + std::string(name(GetParam().urgency)) + " | `" + GetParam().rule_id + "` |";
  EXPECT_NE(text.str().find(row), std::string::npos) << row;
}

INSTANTIATE_TEST_SUITE_P(
    Policy, UrgencyTable,
    testing::Values(
        UrgencyCase{"clear melanoma", {.mel = .97, .nv = .03}, Urgency::kCritical, "melanoma-likely"},
        UrgencyCase{"45 % melanoma under 55 % nevus", {.mel = .45, .nv = .55}, Urgency::kCritical, "melanoma-likely"},
        UrgencyCase{"the limit itself counts", {.mel = .40, .nv = .60}, Urgency::kCritical, "melanoma-likely"},
        UrgencyCase{"melanoma leads an undecided answer",
                    {.akiec = .1, .bcc = .1, .bkl = .2, .mel = .3, .nv = .25, .vasc = .05},
                    Urgency::kCritical,
                    "melanoma-leads"},
        UrgencyCase{"melanoma above every benign class, under basal cell carcinoma",
                    {.bcc = .62, .bkl = .1, .mel = .28},
                    Urgency::kCritical,
                    "melanoma-leads"},
        UrgencyCase{"melanoma in the reckoning", {.mel = .39, .nv = .61}, Urgency::kHigh, "melanoma-possible"},
        UrgencyCase{"the limit of that", {.mel = .20, .nv = .80}, Urgency::kHigh, "melanoma-possible"},
        UrgencyCase{"clear basal cell carcinoma", {.bcc = .9, .bkl = .1}, Urgency::kHigh, "bcc-leads"},
        UrgencyCase{"basal cell carcinoma leads an undecided answer",
                    {.akiec = .1, .bcc = .3, .bkl = .25, .df = .2, .nv = .15},
                    Urgency::kHigh,
                    "bcc-leads"},
        UrgencyCase{"malignant classes together under a benign top class",
                    {.akiec = .15, .bcc = .15, .mel = .15, .nv = .55},
                    Urgency::kHigh,
                    "malignant-likely"},
        UrgencyCase{"clear actinic keratosis", {.akiec = .9, .bkl = .1}, Urgency::kMedium, "akiec-leads"},
        UrgencyCase{"actinic keratosis leads", {.akiec = .39, .bkl = .31, .nv = .3}, Urgency::kMedium, "akiec-leads"},
        UrgencyCase{"actinic keratosis with others behind it",
                    {.akiec = .6, .bcc = .14, .mel = .05, .nv = .21},
                    Urgency::kMedium,
                    "akiec-leads"},
        UrgencyCase{"actinic keratosis with a carcinoma in the reckoning",
                    {.akiec = .4, .bcc = .2, .bkl = .4},
                    Urgency::kHigh,
                    "malignant-likely"},
        UrgencyCase{
            "some doubt", {.akiec = .07, .bcc = .07, .mel = .07, .nv = .79}, Urgency::kMedium, "malignant-possible"},
        UrgencyCase{"clear nevus", {.mel = .03, .nv = .97}, Urgency::kLow, "malignant-unlikely"},
        UrgencyCase{"undecided among benign classes",
                    {.bkl = .3, .df = .2, .mel = .1, .nv = .2, .vasc = .2},
                    Urgency::kLow,
                    "malignant-unlikely"}));

/// Sets and thresholds as a calibrated card has them.
RiskLimits const kNoLimits;
RiskLimits const kLimits{{{.90, {.05, .1, .2, .05, .1, .3, .05}, {}}, {.95, {.01, .05, .1, .01, .05, .1, .01}, {}}},
                         {{.08, .25, .6}}};

TEST(Urgency, AMelanomaThatIsNotExcludedIsMedium) {
  auto const decision = risk::assess(probabilities({.mel = .1, .nv = .9}), kLimits, OperatingPoint::kRuleIn).urgency;
  EXPECT_EQ(decision.urgency, Urgency::kMedium);
  EXPECT_EQ(decision.rule_id, "melanoma-not-excluded");
  EXPECT_EQ(risk::assess(probabilities({.mel = .0999, .nv = .9001}), kLimits).urgency.urgency, Urgency::kLow);
}

TEST(Urgency, TheOperatingPointDecidesWhatStaysLow) {
  auto const answer = probabilities({.akiec = .04, .bcc = .05, .nv = .91});
  EXPECT_EQ(risk::assess(answer, kLimits, OperatingPoint::kRuleOut).urgency.rule_id, "malignant-at-operating-point");
  EXPECT_EQ(risk::assess(answer, kLimits, OperatingPoint::kBalanced).urgency.urgency, Urgency::kLow);
}

TEST(Urgency, WhereMelanomaIsTheTopClassItIsCritical) {
  std::mt19937 random(1);
  int seen = 0;
  for (int i = 0; i < 20000; ++i) {
    auto const assessment = risk::assess(random_answer(random, .2 + .001 * (i % 5000)));
    if (assessment.predicted != LesionClass::kMel) continue;
    ++seen;
    EXPECT_EQ(assessment.urgency.urgency, Urgency::kCritical);
  }
  EXPECT_GT(seen, 1000);
}

TEST(Urgency, MoreMalignantProbabilityNeverLowersIt) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> share(0, 1);
  int raised = 0;
  for (int i = 0; i < 50000; ++i) {
    auto const before = random_answer(random, .3 + .001 * (i % 3000));
    // Any part of each benign class goes to the malignant classes, split among them in any way.
    auto after = before;
    double freed = 0;
    for (std::size_t c = 0; c < kLesionClassCount; ++c) {
      if (kLesionClasses[c].malignant) continue;
      double const part = before[c] * share(random) * share(random);
      after[c] -= part;
      freed += part;
    }
    double const first = share(random), second = share(random);
    after[static_cast<std::size_t>(LesionClass::kBcc)] += freed * first;
    after[static_cast<std::size_t>(LesionClass::kAkiec)] += freed * (1 - first) * second;
    after[static_cast<std::size_t>(LesionClass::kMel)] += freed * (1 - first) * (1 - second);
    for (auto const* limits : {&kLimits, &kNoLimits}) {
      auto const point = static_cast<OperatingPoint>(i % int(kOperatingPointCount));
      auto const from = risk::assess(before, *limits, point).urgency.urgency;
      auto const to = risk::assess(after, *limits, point).urgency.urgency;
      ASSERT_TRUE(at_least(to, from)) << name(from) << " fell to " << name(to);
      raised += to != from;
    }
  }
  EXPECT_GT(raised, 1000) << "the answers did not cross the limits, so they proved nothing";
}

TEST(Urgency, IsNeverBelowTheRiskLevelButForActinicKeratosisAlone) {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    auto const assessment = risk::assess(random_answer(random, .5));
    auto const& prob = assessment.calibrated_prob;
    bool const alone = prob[std::size_t(LesionClass::kMel)] + prob[std::size_t(LesionClass::kBcc)] < .20;
    auto const least = assessment.risk_level == RiskLevel::kLow              ? Urgency::kLow
                       : assessment.risk_level == RiskLevel::kHigh && !alone ? Urgency::kHigh
                                                                             : Urgency::kMedium;
    ASSERT_TRUE(at_least(assessment.urgency.urgency, least)) << assessment.malignant_prob;
  }
}

TEST(Urgency, ReasonsSayTheNumbersThatDecided) {
  auto const decision = risk::assess(probabilities({.mel = .453, .nv = .547})).urgency;
  ASSERT_EQ(decision.reasons.size(), 1U);
  EXPECT_EQ(decision.reasons[0], "Melanoma has 45.3 %, which reaches the limit of 40.0 %.");

  auto const leads = risk::assess(probabilities({.bkl = .3, .df = .2, .mel = .31, .nv = .19})).urgency;
  ASSERT_EQ(leads.reasons.size(), 1U);
  EXPECT_EQ(leads.reasons[0],
            "Melanoma has 31.0 %, no less than the likeliest benign class (Benign keratosis, 30.0 %).");
}

TEST(Urgency, EveryRuleOfTheDecidedLevelIsAReason) {
  auto const decision = risk::assess(probabilities({.bcc = .7, .mel = .2, .nv = .1})).urgency;
  EXPECT_EQ(decision.rule_id, "melanoma-leads");
  auto const high = risk::assess(probabilities({.bcc = .45, .mel = .25, .nv = .3})).urgency;
  EXPECT_EQ(high.rule_id, "melanoma-possible");
  EXPECT_EQ(high.reasons.size(), 3U);  // melanoma-possible, bcc-leads, malignant-likely
}

TEST(Urgency, EveryRuleThatIsListedHeldWithItsNumbers) {
  std::mt19937 random(5);
  for (int i = 0; i < 5000; ++i) {
    auto const answer = risk::assess(random_answer(random, .4), kLimits);
    ASSERT_FALSE(answer.urgency.rules.empty());
    EXPECT_EQ(answer.urgency.rules.front().id, answer.urgency.rule_id);
    EXPECT_EQ(answer.urgency.rules.size(), answer.urgency.reasons.size());
    for (auto const& rule : answer.urgency.rules) EXPECT_GE(rule.prob, rule.limit) << rule.id;
    for (auto const& reason : answer.urgency.reasons) EXPECT_EQ(reason.find('{'), std::string::npos) << reason;
  }
}

TEST(PredictionSet, HoldsEveryClassAtItsLimitLikeliestFirst) {
  auto const answer = risk::assess(probabilities({.bkl = .2, .mel = .1, .nv = .7}), kLimits);
  ASSERT_EQ(answer.prediction_sets.size(), 2U);
  EXPECT_EQ(answer.prediction_sets[0].classes, (std::vector{LesionClass::kNv, LesionClass::kBkl, LesionClass::kMel}));
  EXPECT_TRUE(answer.cannot_tell);
  auto const benign = risk::assess(probabilities({.bkl = .45, .mel = .01, .nv = .54}), kLimits);
  EXPECT_EQ(benign.prediction_sets[0].classes, (std::vector{LesionClass::kNv, LesionClass::kBkl}));
  EXPECT_FALSE(benign.cannot_tell);
}

/// As of two melanomas among HAM10000's photos.
TEST(PredictionSet, ABenignTopClassOutsideASetOfMalignantOnesCannotBeTold) {
  RiskLimits const limits{{{.90, {.2, .2, .2, .2, .1, .7, .2}, {}}}, std::nullopt};
  auto const answer = risk::assess(probabilities({.akiec = .2, .mel = .16, .nv = .64}), limits);
  EXPECT_EQ(answer.predicted, LesionClass::kNv);
  EXPECT_TRUE(answer.top_excluded());
  EXPECT_TRUE(answer.cannot_tell);
  auto const all_malignant = risk::assess(probabilities({.akiec = .2, .mel = .64, .nv = .16}), limits);
  EXPECT_FALSE(all_malignant.top_excluded());
  EXPECT_FALSE(all_malignant.cannot_tell);
  EXPECT_FALSE(risk::assess(probabilities({.nv = 1})).top_excluded()) << "without limits there is no set";
}

TEST(PredictionSet, AHigherLevelNeverHoldsLessAndNoneIsEmpty) {
  std::mt19937 random(6);
  for (int i = 0; i < 5000; ++i) {
    auto const answer = risk::assess(random_answer(random, .5), kLimits);
    for (auto const lesion_class : answer.prediction_sets[0].classes)
      EXPECT_TRUE(answer.prediction_sets[1].holds(lesion_class));
    EXPECT_TRUE(answer.prediction_sets[0].holds(answer.predicted) || answer.confidence < .3);
    EXPECT_FALSE(answer.prediction_sets[0].classes.empty());
  }
}

TEST(OperatingPoint, ItsThresholdIsPositive) {
  auto const at = [](double mel) {
    return risk::assess(probabilities({.mel = mel, .nv = 1 - mel}), kLimits, OperatingPoint::kBalanced)
        .operating_point->positive;
  };
  EXPECT_TRUE(at(.25));
  EXPECT_FALSE(at(.2499));
  EXPECT_FALSE(risk::assess(probabilities({.mel = 1})).operating_point.has_value());
}

TEST(Calibration, VectorScalingMovesAClass) {
  Calibration calibration;
  calibration.bias[std::size_t(LesionClass::kMel)] = std::log(3.0);
  auto const prob = risk::calibrate({0, 0, 0, 0, 0, 0, 0}, calibration);
  EXPECT_NEAR(prob[4], 3.0 / 9, 1e-12);
  EXPECT_EQ(calibration.temperature(), 0);
  EXPECT_DOUBLE_EQ(Calibration(2.5).temperature(), 2.5);
}

TEST(Policy, OursReadsAndEndsWithARuleThatAlwaysHolds) {
  EXPECT_EQ(risk::policy().rules.back().id, "malignant-unlikely");
  EXPECT_EQ(risk::policy().level(Urgency::kMedium).colour, "yellow");
}

TEST(Policy, AMistakeInItIsNamed) {
  std::ifstream stream(NEVUS_SOURCE_DIR "/src/nevus/risk/policy.toml");
  std::ostringstream text;
  text << stream.rdbuf();
  struct Mistake {
    char const* from;
    char const* to;
    char const* named;
  };
  for (auto const& [from, to, named] :
       {Mistake{"subject = \"bcc\"", "subject = \"nv\"", "rule bcc-leads: subject is \"nv\""},
        Mistake{"leads = true", "lead = true", "rule melanoma-leads: there is no key \"lead\""},
        Mistake{"min_prob = 0.40", "min_prob = 40.0", "rule melanoma-likely: min_prob must be from 0 to 1"},
        Mistake{"urgency = \"LOW\"\nsubject", "urgency = \"CALM\"\nsubject", "malignant-unlikely: urgency is \"CALM\""},
        Mistake{"id = \"malignant-unlikely\"\nurgency = \"LOW\"", "id = \"last\"\nurgency = \"HIGH\"",
                "rule last: stands behind one of lower urgency"},
        Mistake{"version =", "versio =", "\"version\" is missing"}}) {
    auto changed = text.str();
    auto const at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, std::string(from).size(), to);
    auto const policy = risk::parse_policy(changed);
    ASSERT_FALSE(policy) << to;
    EXPECT_NE(policy.error().message.find(named), std::string::npos) << policy.error().message;
  }
}

TEST(Assessment, MalignantProbabilityIsMelanomaBasalCellAndActinic) {
  auto const assessment =
      risk::assess(probabilities({.akiec = .01, .bcc = .02, .bkl = .1, .df = .1, .mel = .04, .nv = .6, .vasc = .13}));
  EXPECT_NEAR(assessment.malignant_prob, .07, 1e-12);
}

TEST(Assessment, LevelsAndBandsBeginAtTheirLimits) {
  auto const level = [](double mel) { return risk::assess(probabilities({.mel = mel, .nv = 1 - mel})).risk_level; };
  EXPECT_EQ(level(.199), RiskLevel::kLow);
  EXPECT_EQ(level(.20), RiskLevel::kModerate);
  EXPECT_EQ(level(.399), RiskLevel::kModerate);
  EXPECT_EQ(level(.40), RiskLevel::kHigh);

  auto const band = [](double nv) { return risk::assess(probabilities({.bkl = 1 - nv, .nv = nv})).band; };
  EXPECT_EQ(band(.80), ConfidenceBand::kHigh);
  EXPECT_EQ(band(.799), ConfidenceBand::kMedium);
  EXPECT_EQ(band(.60), ConfidenceBand::kMedium);
  EXPECT_EQ(band(.599), ConfidenceBand::kLow);
}

}  // namespace
}  // namespace nevus
