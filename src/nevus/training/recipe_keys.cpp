// SPDX-License-Identifier: MIT
#include "nevus/training/recipe_keys.h"

namespace nevus::training {
namespace {

template <typename Part, auto Field>
ChoiceKey<Part> choice(std::vector<std::string_view> words) {
  using Enum = std::remove_cvref_t<decltype(std::declval<Part>().*Field)>;
  return {[](Part& part, int index) { part.*Field = static_cast<Enum>(index); },
          [](Part const& part) { return static_cast<int>(part.*Field); }, std::move(words)};
}

}  // namespace

RecipeKeys<TrainingConfig::Data> const& data_keys() {
  using D = TrainingConfig::Data;
  static RecipeKeys<D> const kKeys{
      {"source", WordKey<D>{&D::source, Presence::kRequired, {"ham10000", "folder", "synthetic"}},
       "the data set: HAM10000, the folder of `--data` in any layout of [data.md](data.md), or drawings, which need no "
       "files"},
      {"view", WordKey<D>{&D::view}, "folder of photos below ham10000/, which needs one"},
      {"isic2017", FlagKey<D>{&D::isic2017}, "train on the photos of ISIC 2017 too; with ham10000"},
      {"sharper_views", FlagKey<D>{&D::sharper_views},
       "take half of every class's draws from images-300x225 and crops-224-hair-removed, which have more detail; with "
       "ham10000"},
      {"split",
       ChoiceKey<D>{[](D& data, int index) { data.split = SplitKind(index); },
                    [](D const& data) { return int(data.split); },
                    {name(SplitKind::kFixed), name(SplitKind::kFold), name(SplitKind::kLeaky8515)}},
       "how photos are divided: the fixed list, one fold of a cross-validation over lesions, or 85/15 by image, which "
       "leaks; not with synthetic"},
      {"folds", WholeKey<D>{&D::folds, 2, 100}, "of the cross-validation"},
      {"fold", WholeKey<D>{&D::fold, 0, 99}, "the one that validates, from 0"},
      {"synthetic_per_class", WholeKey<D>{&D::synthetic_per_class, 4, 100'000}, "drawings of each class to train on"},
  };
  return kKeys;
}

RecipeKeys<TrainingConfig::NetworkPart> const& network_keys() {
  using N = TrainingConfig::NetworkPart;
  static RecipeKeys<N> const kKeys{
      {"name", WordKey<N>{&N::name, Presence::kRequired}, "the network; a wrong name is answered with the known ones"},
      {"pretrained", FlagKey<N>{&N::pretrained}, "start from the published ImageNet weights"},
      {"dropout", NumberKey<N>{&N::dropout, 0, 0.9}, "chance to drop a feature before the head"},
      {"stochastic_depth", NumberKey<N>{&N::stochastic_depth, 0, 0.9},
       "chance to skip the last block; grows from 0 at the first one (Huang et al. 2016)"},
      {"detail_px", WholeKey<N>{&N::detail_px, 0, 4096},
       "a photo with a longer short side is averaged down to it first; 0: no limit"},
      {"served_px", WholeKey<N>{&N::served_px, 0, 1024},
       "sides of the served input, at least 16; 0: those of the last phase (Touvron et al. 2019)"},
  };
  return kKeys;
}

RecipeKeys<Phase> const& phase_keys() {
  using P = Phase;
  static RecipeKeys<P> const kKeys{
      {"epochs", WholeKey<P>{&P::epochs, 1, 10'000}, "length"},
      {"input_px", WholeKey<P>{&P::input_px, 32, 1024}, "sides of the input; those of the last phase are served"},
      {"frozen_blocks", WholeKey<P>{&P::frozen_blocks, -1, 1000},
       "the stem and this many first blocks stay as they are; -1: all is trained. Fewer from phase to phase: "
       "progressive unfreezing"},
      {"photos", WordKey<P>{&P::photos, Presence::kOptional, {"own", "pretraining"}},
       "those of `data`, or the small ones of ISIC 2019 outside HAM10000; the last phase has its own"},
  };
  return kKeys;
}

RecipeKeys<TrainingConfig::Optimization> const& optimization_keys() {
  using O = TrainingConfig::Optimization;
  static RecipeKeys<O> const kKeys{
      {"batch", WholeKey<O>{&O::batch, 2, 4096}, "photos that are computed together"},
      {"accumulation", WholeKey<O>{&O::accumulation, 1, 1024},
       "batches whose gradients are averaged to one step: the step of a batch this many times as large, but for batch "
       "norm"},
      {"device", choice<O, &O::device>({"auto", "cpu", "cuda"}),
       "where it is computed; auto: CUDA where there is some"},
      {"precision", choice<O, &O::precision>({"float32", "bfloat16", "float16"}),
       "arithmetic of the forward and backward pass; weights stay float32. float16 needs CUDA and scales the loss "
       "(Micikevicius et al. 2018)"},
      {"recompute_activations", FlagKey<O>{&O::recompute_activations},
       "keep only the blocks' inputs and compute the rest again in the backward pass: less memory, more time, the same "
       "gradients (Chen et al. 2016)"},
      {"learning_rate", NumberKey<O>{&O::learning_rate, 0, 1}, "peak, of the backbone (AdamW)"},
      {"head_learning_rate", NumberKey<O>{&O::head_learning_rate, 0, 1}, "peak, of the new head"},
      {"weight_decay", NumberKey<O>{&O::weight_decay, 0, 1}, "not applied to norms and biases"},
      {"schedule", choice<O, &O::schedule>({"cosine", "one_cycle", "linear"}),
       "of the learning rate: warm-up and half a cosine to 0 (Loshchilov and Hutter 2017), PyTorch's OneCycleLR (Smith "
       "and Topin 2018), or warm-up and a straight fall to 0"},
      {"warmup_epochs", NumberKey<O>{&O::warmup_epochs, 0, 1000}, "straight rise before cosine and linear"},
      {"rise_share", NumberKey<O>{&O::rise_share, 0.01, 0.99}, "share of the steps in which one_cycle rises"},
      {"start_divisor", NumberKey<O>{&O::start_divisor, 1, 1e6}, "one_cycle starts at the peak divided by this"},
      {"end_divisor", NumberKey<O>{&O::end_divisor, 1, 1e9}, "one_cycle ends at its start divided by this"},
      {"ema_decay", NumberKey<O>{&O::ema_decay, 0, 0.99999},
       "of the moving average of the weights, which is what is validated and served; rises to it as (1 + step) / "
       "(10 + step)"},
      {"swa_epochs", WholeKey<O>{&O::swa_epochs, 0, 1000},
       "the weights after each of this many last epochs are averaged too, with batch statistics measured again "
       "(Izmailov "
       "et al. 2018); the average is kept where it is better. 0: no"},
      {"patience", WholeKey<O>{&O::patience, 0, 10'000},
       "stop after this many epochs of the last phase without a lower validation loss; 0: never"},
      {"clip_norm", NumberKey<O>{&O::clip_norm, 0.01, 1e6}, "longest gradient of a step"},
      {"label_smoothing", NumberKey<O>{&O::label_smoothing, 0, 0.5},
       "share of each target that is spread over all classes (Szegedy et al. 2016)"},
      {"mixup_alpha", NumberKey<O>{&O::mixup_alpha, 0, 10}, "Beta(alpha, alpha) of mixup (Zhang et al. 2018); 0: none"},
      {"cutmix_alpha", NumberKey<O>{&O::cutmix_alpha, 0, 10},
       "Beta(alpha, alpha) of cutmix (Yun et al. 2019); 0: none. With both, a batch gets one of them by chance"},
      {"sampling_power", NumberKey<O>{&O::sampling_power, 0, 1},
       "a class of n photos is drawn in proportion to n^(1 - power): 0 as they come, 1 all classes alike"},
      {"seed", WholeKey<O>{&O::seed, 0, 2'000'000'000}, "of everything that is random"},
      {"threads", WholeKey<O>{&O::threads, 0, 1024}, "of the arithmetic; 0: all cores"},
  };
  return kKeys;
}

RecipeKeys<TrainingConfig::Loss> const& loss_keys() {
  using L = TrainingConfig::Loss;
  static RecipeKeys<L> const kKeys{
      {"cross_entropy", NumberKey<L>{&L::cross_entropy, 0, 100}, "weight of the cross-entropy"},
      {"focal_alpha", NumberKey<L>{&L::focal_alpha, 0, 100}, "weight of the focal loss (Lin et al. 2017)"},
      {"focal_gamma", NumberKey<L>{&L::focal_gamma, 0, 10},
       "a class of probability p counts (1 - p)^gamma of its cross-entropy there"},
      {"class_weight_power", NumberKey<L>{&L::class_weight_power, 0, 1},
       "a class with a share of the draws counts share^(-power), 1 in the mean"},
      {"logit_adjustment", NumberKey<L>{&L::logit_adjustment, 0, 2},
       "tau: log(prior) times this is added to the logits in training (Menon et al. 2021); an alternative to sampling"},
  };
  return kKeys;
}

RecipeKeys<TrainingConfig::Distillation> const& distill_keys() {
  using D = TrainingConfig::Distillation;
  static RecipeKeys<D> const kKeys{
      {"weight", NumberKey<D>{&D::weight, 0, 1},
       "share of the loss that learns from the teachers, which `fit --teacher RUN` names; the labels have the rest"},
      {"temperature", NumberKey<D>{&D::temperature, 0.1, 100},
       "at which the answers are compared: temperature^2 * KL(teachers, network) (Hinton et al. 2015)"},
  };
  return kKeys;
}

RecipeKeys<AugmentOptions> const& augment_keys() {
  using A = AugmentOptions;
  static RecipeKeys<A> const kKeys{
      {"rotate_deg", NumberKey<A>{&A::rotate_deg, 0, 180}, "rotation, uniform in ± this"},
      {"scale_min", NumberKey<A>{&A::scale_min, 0.2, 5}, "least magnification; log-uniform up to `scale_max`"},
      {"scale_max", NumberKey<A>{&A::scale_max, 0.2, 5}, "most magnification; above 1 shows less of the photo"},
      {"stretch", NumberKey<A>{&A::stretch, 0, 1}, "width over height, log-uniform within a factor of 1 + this"},
      {"shear_deg", NumberKey<A>{&A::shear_deg, 0, 45}, "shear, uniform in ± this"},
      {"shift_frac", NumberKey<A>{&A::shift_frac, 0, 0.5}, "shift in x and y, share of the shown side"},
      {"mirror_prob", NumberKey<A>{&A::mirror_prob, 0, 1}, "chance to swap left and right"},
      {"flip_prob", NumberKey<A>{&A::flip_prob, 0, 1}, "chance to swap top and bottom"},
      {"crop_prob", NumberKey<A>{&A::crop_prob, 0, 1}, "chance of a random resized crop (Szegedy et al. 2015)"},
      {"crop_area_min", NumberKey<A>{&A::crop_area_min, 0.05, 1}, "its least share of the area; uniform up to 1"},
      {"crop_aspect", NumberKey<A>{&A::crop_aspect, 0, 2}, "its width over height, within a factor of 1 + this"},
      {"perspective", NumberKey<A>{&A::perspective, 0, 0.45},
       "tilt in x and y: growth of the magnification from the centre to an edge, uniform in ± this"},
      {"elastic_prob", NumberKey<A>{&A::elastic_prob, 0, 1}, "chance of an elastic distortion (Simard et al. 2003)"},
      {"elastic_frac", NumberKey<A>{&A::elastic_frac, 0, 0.3}, "its longest shift, share of the side, at most"},
      {"elastic_smooth_frac", NumberKey<A>{&A::elastic_smooth_frac, 0.01, 0.5},
       "standard deviation of the Gaussian that smooths it, share of the side"},
      {"grid_prob", NumberKey<A>{&A::grid_prob, 0, 1}, "chance of a distorted grid of 5x5 cells"},
      {"grid", NumberKey<A>{&A::grid, 0, 0.9}, "widths of its columns and rows, factor 1 ± this"},
      {"brightness", NumberKey<A>{&A::brightness, 0, 0.9}, "factor 1 ± this"},
      {"contrast", NumberKey<A>{&A::contrast, 0, 0.9}, "factor 1 ± this about the mean"},
      {"saturation", NumberKey<A>{&A::saturation, 0, 1}, "factor 1 ± this about the luma"},
      {"hue_deg", NumberKey<A>{&A::hue_deg, 0, 180}, "turn about the grey axis, luma kept, uniform in ± this"},
      {"white_balance", NumberKey<A>{&A::white_balance, 0, 0.9}, "factor 1 ± this for each of red, green, blue"},
      {"clahe_prob", NumberKey<A>{&A::clahe_prob, 0, 1},
       "chance of adaptive histogram equalisation of the luma in 8x8 tiles (Zuiderveld 1994)"},
      {"clahe_clip", NumberKey<A>{&A::clahe_clip, 1, 40}, "its limit of contrast, uniform from 1 to this"},
      {"sharpen_prob", NumberKey<A>{&A::sharpen_prob, 0, 1}, "chance to be sharpened"},
      {"sharpen", NumberKey<A>{&A::sharpen, 0, 5}, "how many times the detail of 3x3 px is added, at most"},
      {"soften_prob", NumberKey<A>{&A::soften_prob, 0, 1},
       "chance to be reduced by a factor of up to 2 and enlarged again, or blurred by 0.3 to 1.5 px"},
      {"blur_prob", NumberKey<A>{&A::blur_prob, 0, 1}, "chance of a Gaussian blur"},
      {"blur_px", NumberKey<A>{&A::blur_px, 0.3, 20}, "its standard deviation, uniform from 0.3 to this"},
      {"noise_prob", NumberKey<A>{&A::noise_prob, 0, 1}, "chance of Gaussian noise"},
      {"noise_levels", NumberKey<A>{&A::noise_levels, 0, 128}, "its standard deviation in levels of 255, at most"},
      {"jpeg_prob", NumberKey<A>{&A::jpeg_prob, 0, 1}, "chance of JPEG artefacts"},
      {"jpeg_quality_min", WholeKey<A>{&A::jpeg_quality_min, 1, 95}, "their least quality; uniform up to 95"},
      {"coarse_dropout_prob", NumberKey<A>{&A::coarse_dropout_prob, 0, 1},
       "chance of grey squares (DeVries and Taylor 2017)"},
      {"coarse_dropout_holes", WholeKey<A>{&A::coarse_dropout_holes, 1, 1000}, "how many"},
      {"coarse_dropout_frac", NumberKey<A>{&A::coarse_dropout_frac, 0, 1}, "their side, share of the short side"},
  };
  return kKeys;
}

std::string number_text(double value) {
  std::string digits = std::to_string(value);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
}

}  // namespace nevus::training
