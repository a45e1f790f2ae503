#include "notifier/cards/links.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

bool IsUnreserved(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
         std::string_view("-._~").find(letter) != std::string_view::npos;
}

std::string PercentEncoded(const std::string& text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char letter : text) {
    if (IsUnreserved(letter)) {
      out += letter;
    } else {
      const auto byte = static_cast<unsigned char>(letter);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    }
  }
  return out;
}

using Placeholders = std::vector<std::pair<std::string, std::string>>;

// One pass: what is filled in is not looked at again.
std::string Filled(const std::string& url, const Placeholders& placeholders) {
  std::string out;
  for (std::size_t i = 0; i < url.size();) {
    const auto found = std::find_if(placeholders.begin(), placeholders.end(), [&](const auto& placeholder) {
      return url.compare(i, placeholder.first.size(), placeholder.first) == 0;
    });
    if (found == placeholders.end()) {
      out += url[i++];
    } else {
      out += PercentEncoded(found->second);
      i += found->first.size();
    }
  }
  return out;
}

bool IsWeb(const std::string& url) { return url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0; }

bool IsPlainName(const std::string& name) {
  return !name.empty() && name[0] != '-' && std::all_of(name.begin(), name.end(), IsUnreserved);
}

}  // namespace

std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links) {
  const v1::ResourceRef& resource = event.resource();
  const std::string kind = LowerFirst(KindWord(resource.kind()));
  const Placeholders placeholders = {{"{id}", resource.id()},
                                     {"{name}", resource.name()},
                                     {"{stack}", resource.stack()},
                                     {"{cluster}", event.cluster().name()}};
  std::vector<CardLink> out;
  for (const LinkConfig& link : links) {
    if (link.kind == kind && IsWeb(link.url)) out.push_back({link.title, Filled(link.url, placeholders)});
  }
  return out;
}

std::string InspectCommand(const v1::ResourceRef& resource) {
  const std::string& name = IsPlainName(resource.name()) ? resource.name() : resource.id();
  if (!IsPlainName(name)) return "";
  switch (resource.kind()) {
    case v1::RESOURCE_KIND_SERVICE:
      return "docker service inspect " + name;
    case v1::RESOURCE_KIND_NODE:
      return "docker node inspect " + name;
    case v1::RESOURCE_KIND_TASK:
      return IsPlainName(resource.id()) ? "docker inspect " + resource.id() : "";
    case v1::RESOURCE_KIND_CONTAINER:
      return "docker inspect " + name;
    default:
      return "";
  }
}

}  // namespace swarmbell::cards
