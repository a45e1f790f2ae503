#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

const std::vector<std::string> kLinkPlaceholders = {"id", "name", "stack", "cluster"};

SettingsTable DescribeLink(LinkConfig& link) {
  SettingsTable table;
  table.Add(&link.title, "title", "The words of the link.", {.required = "has no title"});
  table.Add(&link.kind, "kind", "The kind of resource on whose cards it is.",
            {.choices = {"node", "service", "task", "container"},
             .required = "has no kind (node, service, task, container)"});
  table.Add(&link.url, "url", "Where it leads, with {id} {name} {stack} {cluster}.",
            {.required = "has no url", .pattern = "^https?://"});
  return table;
}

LinkConfig ReadLink(const YamlNode& node, const std::string& name, Problems& problems) {
  LinkConfig link;
  const SettingsTable table = DescribeLink(link);
  Record record(table, node, name, problems);
  if (!link.url.empty() && !absl::StartsWith(link.url, "https://") &&
      !absl::StartsWith(link.url, "http://")) {
    record.Fault(&link.url, "must begin with https:// or http://");
  } else {
    CheckPlaceholders(record, link.url, kLinkPlaceholders);
  }
  return link;
}

}  // namespace

std::vector<Setting> LinkKeys() {
  LinkConfig link;
  return DescribeLink(link).Rows();
}

std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems) {
  std::vector<LinkConfig> links;
  for (const YamlNode& item : ListItems(node, "links", problems)) {
    links.push_back(ReadLink(item, absl::StrCat("links[", links.size(), "]"), problems));
  }
  return links;
}

void CheckPlaceholders(Record& record, const std::string& text, const std::vector<std::string>& known) {
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (close == std::string::npos || text[close] != '}' || close == open + 1) continue;
    const std::string word = text.substr(open + 1, close - open - 1);
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    record.Fault(&text, absl::StrCat("unknown placeholder {", word, "} (there are {",
                                     absl::StrJoin(known, "} {"), "})", DidYouMean(word, known)));
  }
}

}  // namespace swarmbell
