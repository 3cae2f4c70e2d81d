// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace nevus {

/// The seven classes of HAM10000 (Tschandl et al. 2018) in the order of every vector, table and file in Nevus.
enum class LesionClass { kAkiec, kBcc, kBkl, kDf, kMel, kNv, kVasc };
inline constexpr std::size_t kLesionClassCount = 7;

struct LesionClassInfo {
  std::string_view id;       ///< HAM10000's abbreviation, stable in files
  std::string_view display;  ///< "Melanoma"
  bool malignant;            ///< melanoma, basal cell carcinoma, actinic keratosis / intraepithelial carcinoma
  int ham10000_photos;       ///< count in the complete data set
};

inline constexpr std::array<LesionClassInfo, kLesionClassCount> kLesionClasses{{
    {"akiec", "Actinic keratosis / intraepithelial carcinoma", true, 327},
    {"bcc", "Basal cell carcinoma", true, 514},
    {"bkl", "Benign keratosis", false, 1099},
    {"df", "Dermatofibroma", false, 115},
    {"mel", "Melanoma", true, 1113},
    {"nv", "Melanocytic nevus", false, 6705},
    {"vasc", "Vascular lesion", false, 142},
}};

[[nodiscard]] constexpr LesionClassInfo const& info(LesionClass lesion_class) {
  return kLesionClasses[static_cast<std::size_t>(lesion_class)];
}

[[nodiscard]] constexpr std::optional<LesionClass> lesion_class_from_id(std::string_view id) {
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (kLesionClasses[i].id == id) return static_cast<LesionClass>(i);
  }
  return std::nullopt;
}

template <typename T>
using PerClass = std::array<T, kLesionClassCount>;

}  // namespace nevus
