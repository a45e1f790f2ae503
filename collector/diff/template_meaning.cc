// The meaning of a change of a task template besides its fields: an image that was changed by hand, and
// secrets and configs that were rotated.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collector/diff/comparison.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

// `docker stack deploy` writes the image of the stack's file into this label of the service.
constexpr char kStackImageLabel[] = "com.docker.stack.image";

std::string TextAt(const Json& spec, std::initializer_list<const char*> path) {
  const Json& text = At(spec, path);
  return text.is_string() ? text.get<std::string>() : std::string();
}

std::string ImageOf(const Json& spec) { return TextAt(spec, {"TaskTemplate", "ContainerSpec", "Image"}); }

std::string WithoutDigest(const std::string& image) { return image.substr(0, image.find('@')); }

// The image as docker completes it: `nginx` and `docker.io/library/nginx:latest` are one. The digest counts
// only if the stack's file names one, because a client adds the one that it has found.
std::string Completed(const std::string& image, bool with_digest) {
  absl::string_view name = image;
  const std::size_t digest = std::min(name.find('@'), name.size());
  const std::string suffix(with_digest ? name.substr(digest) : absl::string_view());
  name = name.substr(0, digest);
  if (!absl::ConsumePrefix(&name, "docker.io/")) absl::ConsumePrefix(&name, "index.docker.io/");
  absl::ConsumePrefix(&name, "library/");
  const std::size_t slash = name.rfind('/');
  const bool tagged = name.find(':', slash == name.npos ? 0 : slash) != name.npos;
  return absl::StrCat(name, tagged ? "" : ":latest", suffix);
}

void EmitImageByHand(Comparison& comparison, const EventHead& head, const Json& before, const Json& now) {
  const std::string wanted = TextAt(now, {"Labels", kStackImageLabel});
  const std::string image = ImageOf(now);
  if (wanted.empty() || wanted != TextAt(before, {"Labels", kStackImageLabel})) return;
  if (FindMarker(wanted) != std::string::npos || FindMarker(image) != std::string::npos) return;
  const bool with_digest = wanted.find('@') != std::string::npos;
  const std::string completed = Completed(image, with_digest);
  if (completed == Completed(ImageOf(before), with_digest) || completed == Completed(wanted, with_digest))
    return;
  v1::ChangeEvent event;
  event.mutable_service_image_changed_by_hand()->set_stack_image(wanted);
  event.mutable_service_image_changed_by_hand()->set_image(with_digest ? image : WithoutDigest(image));
  EmitEvent(comparison, head, std::move(event));
}

// Which of the two kinds of files that a service may have from the swarm.
struct FileKind {
  const char* list;
  const char* id;
  const char* name;
  v1::FileRotated* (v1::ChangeEvent::*details)();
};
constexpr FileKind kFileKinds[] = {
    {"Secrets", "SecretID", "SecretName", &v1::ChangeEvent::mutable_service_secret_rotated},
    {"Configs", "ConfigID", "ConfigName", &v1::ChangeEvent::mutable_service_config_rotated}};

// The references of a service by the file that its containers see.
std::map<std::string, const Json*> FilesOf(const Json& spec, const FileKind& kind) {
  std::map<std::string, const Json*> files;
  for (const Json& reference : At(spec, {"TaskTemplate", "ContainerSpec", kind.list})) {
    const std::string file = TextAt(reference, {"File", "Name"});
    if (!file.empty()) files[file] = &reference;
  }
  return files;
}

void EmitRotated(Comparison& comparison, const EventHead& head, const Json& before, const Json& now,
                 const FileKind& kind) {
  const auto old_files = FilesOf(before, kind);
  for (const auto& [file, reference] : FilesOf(now, kind)) {
    const auto old = old_files.find(file);
    if (old == old_files.end() || TextAt(*old->second, {kind.id}) == TextAt(*reference, {kind.id})) continue;
    v1::ChangeEvent event;
    v1::FileRotated& rotated = *(event.*kind.details)();
    rotated.set_file(ShowMasked(file).text);
    rotated.set_old_name(ShowMasked(TextAt(*old->second, {kind.name})).text);
    rotated.set_new_name(ShowMasked(TextAt(*reference, {kind.name})).text);
    EventHead of_file = head;
    absl::StrAppend(&of_file.discriminator, " ", file);
    EmitEvent(comparison, of_file, std::move(event));
  }
}

}  // namespace

void EmitTemplateMeaning(Comparison& comparison, const EventHead& head, const Json& before, const Json& now) {
  EmitImageByHand(comparison, head, before, now);
  for (const FileKind& kind : kFileKinds) EmitRotated(comparison, head, before, now, kind);
}

}  // namespace swarmbell
