// SPDX-License-Identifier: MIT
#include "nevus/training/timm_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace nevus::training {
namespace {

/// timm's names for the parts of a block, in torchvision's order: convolution and norm, or squeeze-excite (no norm).
struct PartNames {
  std::string_view conv, norm;
};
constexpr PartNames kSqueeze{"se.", ""};
constexpr std::array<PartNames, 1> kConvBlock{{{"conv", "bn1"}}};
constexpr std::array<PartNames, 2> kFusedBlock{{{"conv_exp", "bn1"}, {"conv_pwl", "bn2"}}};
constexpr std::array<PartNames, 3> kSeparableBlock{{{"conv_dw", "bn1"}, kSqueeze, {"conv_pw", "bn2"}}};
constexpr std::array<PartNames, 4> kMbConv{{{"conv_pw", "bn1"}, {"conv_dw", "bn2"}, kSqueeze, {"conv_pwl", "bn3"}}};

PartNames part_of(int parts, std::size_t index) {
  switch (parts) {
    case 1:
      return kConvBlock.at(index);
    case 2:
      return kFusedBlock.at(index);
    case 3:
      return kSeparableBlock.at(index);
    default:
      return kMbConv.at(index);
  }
}

/// "a.b.c" -> {"a", "b", "c"}
std::vector<std::string> split(std::string const& name) {
  std::vector<std::string> words{""};
  for (char const letter : name) {
    if (letter == '.')
      words.emplace_back();
    else
      words.back() += letter;
  }
  return words;
}

int number(std::string const& word) {
  int value = -1;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

/// features.S.I.block.K.[…] of torchvision
bool is_in_block(std::vector<std::string> const& words) {
  return words.size() >= 6 && words[0] == "features" && words[3] == "block";
}

std::string timm_block_name(std::vector<std::string> const& words, int parts) {
  auto const prefix = "blocks." + std::to_string(number(words[1]) - 1) + "." + words[2] + ".";
  auto const part = part_of(parts, std::size_t(number(words[4])));
  auto const& inner = words[5];
  if (part.norm.empty()) return prefix + (inner == "fc1" ? "se.conv_reduce." : "se.conv_expand.") + words.back();
  return prefix + std::string(inner == "0" ? part.conv : part.norm) + "." + words.back();
}

}  // namespace

std::map<std::string, std::string> timm_names(std::vector<std::string> const& own_names) {
  std::map<std::string, int> parts;  // of each block, by "S.I"
  int last = 0;
  for (auto const& name : own_names) {
    auto const words = split(name);
    if (words[0] == "features") last = std::max(last, number(words[1]));
    if (!is_in_block(words)) continue;
    auto& count = parts[words[1] + "." + words[2]];
    count = std::max(count, number(words[4]) + 1);
  }
  if (parts.empty() || std::ranges::any_of(parts, [](auto const& block) { return block.second > 4; })) return {};
  std::map<std::string, std::string> names;
  for (auto const& name : own_names) {
    auto const words = split(name);
    if (words[0] == "classifier") {
      names[name] = "classifier." + words.back();
    } else if (is_in_block(words)) {
      names[name] = timm_block_name(words, parts[words[1] + "." + words[2]]);
    } else if (words[0] == "features") {
      bool const is_stem = words[1] == "0";
      if (!is_stem && number(words[1]) != last) return {};  // not an EfficientNet
      bool const is_conv = words[2] == "0";
      names[name] =
          std::string(is_stem ? (is_conv ? "conv_stem." : "bn1.") : (is_conv ? "conv_head." : "bn2.")) + words.back();
    }
  }
  return names;
}

std::optional<StateDict> from_timm_names(StateDict const& weights, std::vector<std::string> const& own_names) {
  if (!weights.contains("conv_stem.weight")) return std::nullopt;
  auto const names = timm_names(own_names);
  if (names.empty()) return std::nullopt;
  std::map<std::string, std::string> own_of;
  for (auto const& [own, timm] : names) own_of[timm] = own;
  StateDict translated;
  for (auto const& [name, array] : weights) {
    auto const own = own_of.find(name);
    translated[own == own_of.end() ? name : own->second] = array;
  }
  return translated;
}

}  // namespace nevus::training
