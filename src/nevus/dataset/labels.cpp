// SPDX-License-Identifier: MIT
#include "nevus/dataset/labels.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "nevus/base/file.h"
#include "nevus/dataset/csv.h"
#include "nevus/image/decode.h"

namespace nevus {

std::string_view name(LabelForm form) {
  switch (form) {
    case LabelForm::kHam10000:
      return "HAM10000 metadata";
    case LabelForm::kIsic2018:
      return "ISIC 2018 ground truth";
    case LabelForm::kIsic2019:
      return "ISIC 2019 ground truth";
    case LabelForm::kSimple:
      break;
  }
  return "image,label";
}

namespace dataset {
namespace {

namespace fs = std::filesystem;
using Columns = std::vector<std::string_view>;

/// A column of a one-hot table and the class that it stands for; none: a lesion of another kind.
struct OneHotColumn {
  std::string_view name;
  std::optional<LesionClass> label;
};
using enum LesionClass;
constexpr std::array<OneHotColumn, 7> kIsic2018Columns{
    {{"MEL", kMel}, {"NV", kNv}, {"BCC", kBcc}, {"AKIEC", kAkiec}, {"BKL", kBkl}, {"DF", kDf}, {"VASC", kVasc}}};
constexpr std::array<OneHotColumn, 9> kIsic2019Columns{{{"MEL", kMel},
                                                        {"NV", kNv},
                                                        {"BCC", kBcc},
                                                        {"AK", kAkiec},
                                                        {"BKL", kBkl},
                                                        {"DF", kDf},
                                                        {"VASC", kVasc},
                                                        {"SCC", kAkiec},
                                                        {"UNK", std::nullopt}}};

/// "ISIC_1.jpg" is ISIC_1; a dot inside an id stays.
std::string image_id_of(std::string const& text) {
  return image::has_photo_ending(text) ? fs::path(text).stem().string() : text;
}

bool has_all(std::vector<std::string> const& header, Columns const& columns) {
  return std::ranges::all_of(
      columns, [&](std::string_view column) { return std::ranges::find(header, column) != header.end(); });
}

template <std::size_t N>
Columns with_image(std::array<OneHotColumn, N> const& one_hot) {
  Columns columns{"image"};
  for (auto const& column : one_hot) columns.push_back(column.name);
  return columns;
}

std::optional<LabelForm> form_of(std::vector<std::string> const& header) {
  if (has_all(header, {"image_id", "dx"})) return LabelForm::kHam10000;
  if (has_all(header, with_image(kIsic2019Columns))) return LabelForm::kIsic2019;
  if (has_all(header, with_image(kIsic2018Columns))) return LabelForm::kIsic2018;
  if (has_all(header, {"image", "label"})) return LabelForm::kSimple;
  return std::nullopt;
}

Result<LesionClass> class_named(CsvRow const& row, std::string const& text, std::string const& file) {
  if (auto const label = lesion_class_from_id(text)) return *label;
  return csv_error(file, row.line, "\"" + text + "\" is none of the classes akiec, bcc, bkl, df, mel, nv, vasc");
}

/// The fields of `row` after the image's: exactly one is 1, the others are 0. nullopt: a lesion of another kind.
Result<std::optional<LesionClass>> class_marked(CsvRow const& row, std::span<OneHotColumn const> columns,
                                                std::string const& file) {
  std::optional<std::size_t> marked;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto const& text = row.fields[i + 1];
    double value = -1;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const number = error == std::errc() && end == text.data() + text.size();
    if (!number || (value != 0 && value != 1)) {
      return csv_error(file, row.line,
                       "\"" + text + "\" in column " + std::string(columns[i].name) + " is neither 0 nor 1");
    }
    if (value == 0) continue;
    if (marked) return csv_error(file, row.line, row.fields[0] + " is marked as two classes");
    marked = i;
  }
  if (!marked) return csv_error(file, row.line, row.fields[0] + " is marked as no class");
  return columns[*marked].label;
}

/// Reads one file of a known form.
class Reader {
 public:
  Reader(std::string_view text, std::string const& file, std::vector<std::string> const& header, LabelForm form)
      : text_(text), file_(file), header_(header) {
    list_.form = form;
  }

  Result<LabelList> read() {
    NEVUS_CHECK(read_form());
    std::unordered_set<std::string_view> seen;
    for (auto const& sample : list_.samples) {
      if (!seen.insert(sample.image_id).second)
        return fail(ErrorCode::kData, file_ + ": " + sample.image_id + " stands twice");
    }
    if (list_.samples.empty()) return fail(ErrorCode::kData, file_ + ": holds no photo of the seven classes");
    return std::move(list_);
  }

 private:
  Result<void> read_form() {
    switch (list_.form) {
      case LabelForm::kHam10000:
        return read_metadata();
      case LabelForm::kIsic2018:
        return read_one_hot(kIsic2018Columns);
      case LabelForm::kIsic2019:
        return read_one_hot(kIsic2019Columns);
      case LabelForm::kSimple:
        break;
    }
    return read_simple();
  }

  Result<void> read_one_hot(std::span<OneHotColumn const> columns) {
    Columns names{"image"};
    for (auto const& column : columns) names.push_back(column.name);
    NEVUS_TRY(auto const rows, parse_csv(text_, file_, names));
    for (auto const& row : rows) {
      NEVUS_TRY(auto const label, class_marked(row, columns, file_));
      if (label) {
        add(row.fields[0], *label);
      } else {
        ++list_.outside_classes;
      }
    }
    return {};
  }

  Result<void> read_simple() {
    NEVUS_TRY(auto const rows, parse_csv(text_, file_, {"image", "label"}));
    for (auto const& row : rows) {
      NEVUS_TRY(auto const label, class_named(row, row.fields[1], file_));
      add(row.fields[0], label);
    }
    return {};
  }

  Result<void> read_metadata() {
    constexpr std::array<std::string_view, 5> kOptional{"lesion_id", "dx_type", "sex", "localization", "age"};
    Columns names{"image_id", "dx"};
    std::array<std::size_t, kOptional.size()> place{};  // in the row; 0: not there
    for (std::size_t i = 0; i < kOptional.size(); ++i) {
      if (!has_all(header_, {kOptional[i]})) continue;
      place[i] = names.size();
      names.push_back(kOptional[i]);
    }
    NEVUS_TRY(auto const rows, parse_csv(text_, file_, names));
    for (auto const& row : rows) {
      NEVUS_TRY(auto const label, class_named(row, row.fields[1], file_));
      auto& sample = add(row.fields[0], label);
      auto const field = [&](std::size_t i) { return place[i] == 0 ? std::string() : row.fields[place[i]]; };
      sample.lesion_id = field(0);
      sample.dx_type = field(1);
      sample.sex = field(2);
      sample.localization = field(3);
      NEVUS_TRY(sample.age_years, parse_age(field(4), row, file_));
    }
    return {};
  }

  Sample& add(std::string const& image, LesionClass label) {
    auto& sample = list_.samples.emplace_back();
    sample.image_id = image_id_of(image);
    sample.label = label;
    return sample;
  }

  std::string_view text_;
  std::string const& file_;
  std::vector<std::string> const& header_;
  LabelList list_;
};

}  // namespace

Result<LabelList> read_label_list(fs::path const& path) {
  auto const file = path.string();
  NEVUS_TRY(auto const bytes, read_file(path));
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  NEVUS_TRY(auto const header, csv_header(text, file));
  auto const form = form_of(header);
  if (!form) {
    return csv_error(file, 1,
                     "the header is of no form that Nevus reads: image_id,dx (HAM10000), image,MEL,NV,… (ISIC 2018 or "
                     "2019) or image,label");
  }
  return Reader(text, file, header, *form).read();
}

Result<FoundPhotos> find_photos(std::vector<Sample> samples, fs::path const& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(ErrorCode::kNotFound, folder.string() + ": no such folder");
  std::unordered_map<std::string, Sample*> wanted;
  for (auto& sample : samples) wanted.emplace(sample.image_id, &sample);
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    auto const& path = entry->path();
    if (!image::has_photo_ending(path)) continue;
    auto const found = wanted.find(path.stem().string());
    if (found == wanted.end()) continue;
    if (!found->second->path.empty()) {
      auto const [first, second] = std::minmax(found->second->path, path);
      return fail(ErrorCode::kData, first.string() + " and " + second.string() + ": two photos of " + found->first +
                                        "; name the folder that holds the ones you mean");
    }
    found->second->path = path;
  }
  if (error) return fail(ErrorCode::kIo, folder.string() + ": " + error.message());
  FoundPhotos photos;
  for (auto& sample : samples) {
    if (sample.path.empty()) {
      photos.missing.push_back(std::move(sample.image_id));
    } else {
      photos.samples.push_back(std::move(sample));
    }
  }
  return photos;
}

std::optional<SplitPart> split_part_from_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, SplitPart>, 4> kParts{{{"train", SplitPart::kTrain},
                                                                          {"val", SplitPart::kVal},
                                                                          {"test", SplitPart::kTest},
                                                                          {"excluded", SplitPart::kExcluded}}};
  for (auto const& [part_name, part] : kParts) {
    if (part_name == name) return part;
  }
  return std::nullopt;
}

Result<std::map<std::string, SplitPart>> read_split_parts(fs::path const& path) {
  auto const file = path.string();
  NEVUS_TRY(auto const bytes, read_file(path));
  NEVUS_TRY(auto const rows,
            parse_csv({reinterpret_cast<char const*>(bytes.data()), bytes.size()}, file, {"image_id", "split"}));
  std::map<std::string, SplitPart> parts;
  for (auto const& row : rows) {
    auto const part = split_part_from_name(row.fields[1]);
    if (!part) return csv_error(file, row.line, "\"" + row.fields[1] + "\" is not train, val, test or excluded");
    if (!parts.emplace(row.fields[0], *part).second) return csv_error(file, row.line, row.fields[0] + " stands twice");
  }
  return parts;
}

}  // namespace dataset
}  // namespace nevus
