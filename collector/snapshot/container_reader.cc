#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

// `/web` of the names `["/other/alias", "/web"]`; links give a container further names.
std::string Name(const JsonFields& fields, absl::Status* status) {
  const nlohmann::json* names = fields.Find("Names");
  if (names == nullptr) return {};
  std::string best;
  for (const auto& entry : *names) {
    if (!entry.is_string()) {
      if (status->ok())
        *status = absl::InvalidArgumentError(absl::StrCat(fields.Path(), ".Names is not texts"));
      return {};
    }
    auto name = entry.get<std::string>();
    if (name.rfind('/', 0) == 0) name.erase(0, 1);
    if (best.empty() || (best.find('/') != std::string::npos && name.find('/') == std::string::npos)) {
      best = name;
    }
  }
  return best;
}

}  // namespace

absl::StatusOr<Container> ReadContainer(nlohmann::json object, const Masker& masker) {
  absl::Status status;
  const std::string id = JsonFields(object, "a container", &status).Text("Id");
  const JsonFields fields(object, absl::StrCat("container `", id, "`: "), &status);
  Container container;
  container.id = id;
  container.name = Name(fields, &status);
  container.image = fields.Text("Image");
  container.state = fields.Text("State");
  container.status = masker.MaskMessage(fields.Text("Status"));
  container.labels = fields.TextMap("Labels");
  masker.MaskLabels(container.labels);
  // Up to the year 9999; see JsonFields::Time().
  constexpr std::int64_t kLastSecond = 253'402'300'799;
  if (const auto created = fields.Number("Created").value_or(0); created > 0 && created <= kLastSecond) {
    container.created_at = absl::FromUnixSeconds(created);
  }
  if (!status.ok()) return status;
  return container;
}

}  // namespace swarmbell
