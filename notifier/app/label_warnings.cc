#include "notifier/app/label_warnings.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/logging.h"
#include "notifier/alert/alert_group.h"
#include "notifier/rules/labels.h"

namespace swarmbell {

LabelWarnings::LabelWarnings(std::vector<std::string> receivers, std::size_t capacity)
    : capacity_(capacity), receivers_(std::move(receivers)) {}

void LabelWarnings::SetReceivers(std::vector<std::string> receivers) {
  const std::lock_guard lock(mutex_);
  receivers_ = std::move(receivers);
  told_.clear();
}

void LabelWarnings::Check(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  const std::lock_guard lock(mutex_);
  for (const LabelFault& fault : LabelFaults(resource, receivers_)) {
    if (told_.size() >= capacity_) told_.clear();
    // The tasks of a service carry its labels.
    if (!told_.insert(absl::StrCat(SubjectOf(event), " ", fault.label, "=", fault.value)).second) continue;
    spdlog::warn("A label does not steer alerts as it was meant to. name={} label={} value={} problem={}",
                 LogValue(resource.name()), LogValue(fault.label), LogValue(fault.value),
                 LogValue(fault.problem));
  }
}

}  // namespace swarmbell
