#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/map_reader.h"
#include "common/settings/nearest.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

const std::vector<std::string> kLinkKinds = {"node", "service", "task", "container"};
const std::vector<std::string> kLinkPlaceholders = {"id", "name", "stack", "cluster"};

void CheckUrl(MapReader& reader, const std::string& url, Problems& problems) {
  if (!absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://")) {
    reader.Fault("url", "must begin with https:// or http://");
    return;
  }
  CheckPlaceholders(url, kLinkPlaceholders,
                    absl::StrCat(reader.Child("url")->Where(), ": ", reader.Name("url")), problems);
}

LinkConfig ReadLink(const YamlNode& node, const std::string& name, Problems& problems) {
  MapReader reader(node, name, problems);
  LinkConfig link;
  link.title = reader.Text("title");
  link.kind = reader.Text("kind");
  link.url = reader.Text("url");
  if (link.title.empty()) reader.Fault("has no title");
  if (std::find(kLinkKinds.begin(), kLinkKinds.end(), link.kind) == kLinkKinds.end()) {
    reader.Fault("kind", absl::StrCat(Quoted(link.kind), " is none of ", absl::StrJoin(kLinkKinds, ", "),
                                      DidYouMean(link.kind, kLinkKinds)));
  }
  CheckUrl(reader, link.url, problems);
  reader.Finish();
  return link;
}

}  // namespace

std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems) {
  std::vector<LinkConfig> links;
  for (const YamlNode& item : ListItems(node, "links", problems)) {
    links.push_back(ReadLink(item, absl::StrCat("links[", links.size(), "]"), problems));
  }
  return links;
}

}  // namespace swarmbell
