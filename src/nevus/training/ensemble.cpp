// SPDX-License-Identifier: MIT
#include "nevus/training/ensemble.h"

#include <stdexcept>

namespace nevus {
namespace {

/// As the bundle stores it.
torch::Tensor per_channel(std::array<float, 3> const& values) {
  return torch::tensor(std::vector<float>(values.begin(), values.end()))
      .to(torch::kHalf)
      .to(torch::kFloat)
      .view({1, 3, 1, 1});
}

bool changes_input(Ensemble::Member const& member) {
  return member.scale != std::array<float, 3>{1, 1, 1} || member.shift != std::array<float, 3>{0, 0, 0};
}

std::string mean_of(OnnxGraph& graph, std::vector<std::string> const& values) {
  auto sum = values.front();
  for (std::size_t i = 1; i < values.size(); ++i) sum = graph.add(sum, values[i]);
  return values.size() > 1 ? graph.scale(sum, 1.0F / float(values.size())) : sum;
}

/// The results for all views of a batch, one behind the other, as those of the batch.
WrittenNetwork mean_over_views(OnnxGraph& graph, WrittenNetwork written,
                               std::vector<std::vector<std::int64_t>> const& views) {
  int const count = int(views.size());
  written.logits = mean_of(graph, graph.split_batch(written.logits, count));
  written.embedding = mean_of(graph, graph.split_batch(written.embedding, count));
  auto maps = graph.split_batch(written.class_maps, count);
  for (std::size_t view = 0; view < views.size(); ++view)
    if (!views[view].empty()) maps[view] = graph.reverse(maps[view], views[view]);
  written.class_maps = mean_of(graph, maps);
  return written;
}

}  // namespace

Ensemble::Ensemble(std::vector<Member> members, bool mirrored) : members_(std::move(members)), views_{{}} {
  if (mirrored) views_ = {{}, {3}, {2}, {2, 3}};
  for (std::size_t i = 0; i < members_.size(); ++i) register_module("member_" + std::to_string(i), members_[i].network);
}

NetworkFeatures Ensemble::forward(torch::Tensor const& input) {
  torch::Tensor sum;
  for (auto const& member : members_) {
    auto const own = changes_input(member) ? input * per_channel(member.scale) + per_channel(member.shift) : input;
    for (auto const& axes : views_) {
      auto const logits = member.network->forward(axes.empty() ? own : own.flip(axes)).logits;
      sum = sum.defined() ? sum + logits : logits;
    }
  }
  return {sum / double(members_.size() * views_.size()), {}, {}};
}

void Ensemble::train_with_frozen(int /*blocks*/) { throw std::logic_error("an ensemble is not trained"); }

/// Its members are folded already, each with its own shift.
void Ensemble::fold_for_serving(std::vector<float> const& /*logit_shift*/) {
  throw std::logic_error("an ensemble is made of networks that are folded");
}

WrittenNetwork Ensemble::write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const {
  std::vector<std::string> views;
  for (auto const& axes : views_) views.push_back(axes.empty() ? image : graph.reverse(image, axes));
  auto const batch = views.size() > 1 ? graph.concat(views, 0) : image;
  std::vector<std::string> logits, embeddings, maps;
  WrittenNetwork all;
  for (auto const& member : members_) {
    auto own = batch;
    if (changes_input(member)) {
      own = graph.multiply(own, graph.constant({1, 3, 1, 1}, {member.scale.begin(), member.scale.end()}));
      own = graph.add(own, graph.constant({1, 3, 1, 1}, {member.shift.begin(), member.shift.end()}));
    }
    auto written = member.network->write(graph, own, height_px, width_px);
    if (views.size() > 1) written = mean_over_views(graph, std::move(written), views_);
    logits.push_back(written.logits);
    embeddings.push_back(written.embedding);
    maps.push_back(written.class_maps);
    std::int64_t const features = all.features + written.features;
    all = std::move(written);
    all.features = features;
  }
  all.logits = mean_of(graph, logits);
  all.embedding = embeddings.size() > 1 ? graph.concat(embeddings, 1) : embeddings.front();
  all.class_maps = mean_of(graph, maps);
  return all;
}

std::vector<StageSize> Ensemble::describe(int height_px, int width_px) const {
  std::vector<StageSize> stages;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    for (auto stage : members_[i].network->describe(height_px, width_px)) {
      stage.name = "member " + std::to_string(i) + ", " + stage.name;
      stage.multiply_adds *= std::int64_t(views_.size());
      stages.push_back(std::move(stage));
    }
  }
  return stages;
}

namespace training {
namespace {

Ensemble::Member member_of(TrainedNetwork const& trained, PreprocessSpec const& input) {
  auto const own = trained.config.served_preprocess();
  Ensemble::Member member{trained.network};
  for (std::size_t c = 0; c < 3; ++c) {
    member.scale[c] = input.std[c] / own.std[c];
    member.shift[c] = (input.mean[c] - own.mean[c]) / own.std[c];
  }
  return member;
}

/// A photo that one network was trained on must be no photo that another is measured on.
Result<void> check_same_parts(RunOnData const& first, RunOnData const& other) {
  auto const same = [](std::vector<Sample> const& a, std::vector<Sample> const& b) {
    return dataset::content_sha256(a) == dataset::content_sha256(b);
  };
  if (same(first.data.train, other.data.train) && same(first.data.val, other.data.val) &&
      same(first.data.test, other.data.test))
    return {};
  return fail(ErrorCode::kConfig, other.folder.string() + ": was not trained under the split of " +
                                      first.folder.string() + ", so the two cannot answer as one");
}

}  // namespace

Result<TrainedNetwork> load_runs(std::vector<RunOnData> const& runs, bool mirrored) {
  for (auto const& run : runs) NEVUS_CHECK(check_same_parts(runs.front(), run));
  NEVUS_TRY(auto all, load_run(runs.front().folder, runs.front().data));
  if (runs.size() == 1 && !mirrored) return all;
  auto const input = all.config.served_preprocess();
  std::vector<Ensemble::Member> members{member_of(all, input)};
  for (std::size_t i = 1; i < runs.size(); ++i) {
    NEVUS_TRY(auto const other, load_run(runs[i].folder, runs[i].data));
    auto same_but_norm = other.config.served_preprocess();
    same_but_norm.mean = input.mean;
    same_but_norm.std = input.std;
    if (!(same_but_norm == input))
      return fail(ErrorCode::kConfig, runs[i].folder.string() + ": serves another input than " +
                                          runs.front().folder.string() + " (sides or detail), so they cannot be one");
    members.push_back(member_of(other, input));
    all.provenance.insert(all.provenance.end(), other.provenance.begin(), other.provenance.end());
    all.architecture += " + " + other.architecture;
  }
  if (mirrored) all.architecture += ", four mirrorings";
  all.network = std::make_shared<Ensemble>(std::move(members), mirrored);
  all.network->eval();
  return all;
}

}  // namespace training
}  // namespace nevus
