#include "collector/diff/origin.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/spec.h"
#include "common/change/origin_labels.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Origin = std::optional<v1::ChangeOrigin>;

constexpr std::size_t kMostBytes = 200;
constexpr absl::Duration kRecent = absl::Minutes(30);

// One line, with masked parts hidden. A longer text is left out: half a revision or address is none.
std::string Line(const std::string& label) {
  std::string line = ShowMasked(label).text;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); },
      ' ');
  absl::StripAsciiWhitespace(&line);
  return line.size() <= kMostBytes ? line : std::string();
}

// The labels of a service and of its containers, in a parsed spec.
class Labels {
 public:
  explicit Labels(const Json& spec)
      : maps_{&At(spec, {"Labels"}), &At(spec, {"TaskTemplate", "ContainerSpec", "Labels"})} {}

  // That of the service, else that of its containers; empty if neither has it.
  std::string Get(std::string_view name) const {
    for (const Json* labels : maps_) {
      const auto label = labels->find(name);
      if (label == labels->end() || !label->is_string()) continue;
      if (std::string line = Line(label->get_ref<const std::string&>()); !line.empty()) return line;
    }
    return {};
  }

  std::string Get(std::string_view name, std::string_view otherwise) const {
    std::string label = Get(name);
    return label.empty() ? Get(otherwise) : label;
  }

 private:
  // An empty object where there is none.
  static const Json& At(const Json& spec, std::initializer_list<const char*> path) {
    static const auto* const none = new Json(Json::object());
    const Json* at = &spec;
    for (const char* name : path) {
      const auto found = at->find(name);
      if (found == at->end() || !found->is_object()) return *none;
      at = &*found;
    }
    return *at;
  }

  std::array<const Json*, 2> maps_;
};

v1::ChangeOrigin OriginOf(const Json& spec) {
  const Labels labels(spec);
  v1::ChangeOrigin origin;
  origin.set_by(labels.Get(kByLabel));
  origin.set_pipeline(labels.Get(kPipelineLabel));
  origin.set_revision(labels.Get(kRevisionLabel, kImageRevisionLabel));
  origin.set_source(labels.Get(kSourceLabel, kImageSourceLabel));
  return origin;
}

Origin UnlessEmpty(v1::ChangeOrigin origin) {
  const bool same_revision = origin.revision() == origin.previous_revision();
  const bool empty =
      origin.by().empty() && origin.pipeline().empty() && (origin.revision().empty() || same_revision);
  return empty ? Origin() : Origin(std::move(origin));
}

// True if the spec may have such labels. Most have none, and need not be parsed.
bool MayHaveLabels(const std::string& spec) {
  return std::any_of(kOriginLabels.begin(), kOriginLabels.end(),
                     [&spec](std::string_view label) { return spec.find(label) != std::string::npos; });
}

}  // namespace

Origin OriginOfChange(const Json& before, const Json& now) {
  const v1::ChangeOrigin old = OriginOf(before);
  v1::ChangeOrigin origin = OriginOf(now);
  // A label that stayed is of an earlier change. The author is believed beside a new pipeline, which names
  // both: whoever sets only a revision by hand would be called by the name of the one before.
  const bool new_pipeline = !origin.pipeline().empty() && origin.pipeline() != old.pipeline();
  if (!new_pipeline) origin.clear_pipeline();
  if (!new_pipeline && origin.by() == old.by()) origin.clear_by();
  origin.set_previous_revision(old.revision());
  origin.set_previous_source(old.source());
  return UnlessEmpty(std::move(origin));
}

Origin OriginOfNew(const Json& spec) { return UnlessEmpty(OriginOf(spec)); }

Origin WithoutAuthor(Origin origin) {
  if (!origin) return {};
  origin->clear_by();
  origin->clear_pipeline();
  return UnlessEmpty(*std::move(origin));
}

Origin RunningRevision(const Service& service) {
  return MayHaveLabels(service.spec) ? WithoutAuthor(OriginOfNew(ParseSpec(service.spec))) : Origin();
}

bool CanRollBack(const Service& service) {
  if (service.previous_spec.empty() || !service.update_status) return false;
  if (IsRollback(service.update_status->state)) return false;
  return service.previous_spec.Apply(service.spec) != service.spec;
}

bool CanRollBackRecent(const Service& service, absl::Time now) {
  const bool recent = service.update_status && service.update_status->started_at &&
                      now - *service.update_status->started_at <= kRecent;
  return recent && CanRollBack(service);
}

}  // namespace swarmbell
