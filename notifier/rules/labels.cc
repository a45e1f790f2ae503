#include "notifier/rules/labels.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {
namespace {

constexpr char kPrefix[] = "swarmbell.";

std::vector<std::string> ColorNames() {
  std::vector<std::string> names;
  for (const Color color : AllColors()) names.push_back(ColorName(color));
  return names;
}

// A fault for each word of the label that is not known.
void CheckWords(const v1::ResourceRef& resource, const char* label, const char* what,
                const std::vector<std::string>& known, std::vector<LabelFault>& faults) {
  for (const std::string& word : LabelWords(resource, label)) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    faults.push_back({label, word, absl::StrCat("names no ", what, DidYouMean(word, known))});
  }
}

}  // namespace

std::vector<std::string> LabelWords(const v1::ResourceRef& resource, const std::string& label) {
  const auto found = resource.labels().find(label);
  return found == resource.labels().end() ? std::vector<std::string>() : SplitList(found->second);
}

std::vector<LabelFault> LabelFaults(const v1::ResourceRef& resource,
                                    const std::vector<std::string>& receivers) {
  const std::vector<std::string> labels = {kEnableLabel, kColorsLabel, kReceiverLabel};
  std::vector<LabelFault> faults;
  for (const auto& [label, value] : resource.labels()) {
    if (!absl::StartsWith(label, kPrefix)) continue;
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      faults.push_back(
          {label, value, absl::StrCat("is no label that steers alerts", DidYouMean(label, labels))});
    }
  }
  const auto enable = resource.labels().find(kEnableLabel);
  if (enable != resource.labels().end() && !enable->second.empty() && !ParseBool(enable->second)) {
    faults.push_back({kEnableLabel, enable->second, "is neither true nor false"});
  }
  CheckWords(resource, kColorsLabel, "colour", ColorNames(), faults);
  CheckWords(resource, kReceiverLabel, "receiver", receivers, faults);
  std::sort(faults.begin(), faults.end(),
            [](const LabelFault& a, const LabelFault& b) { return a.label < b.label; });
  return faults;
}

}  // namespace swarmbell
