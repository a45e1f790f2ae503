#include "notifier/rules/title.h"

#include "absl/strings/str_replace.h"
#include "notifier/config/change_words.h"

namespace swarmbell {

std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  const auto* kind = v1::ResourceKind_descriptor()->FindValueByNumber(resource.kind());
  return absl::StrReplaceAll(title, {{"{name}", resource.name()},
                                     {"{kind}", kind == nullptr ? std::string() : EnumWord(*kind)},
                                     {"{stack}", resource.stack()},
                                     {"{cluster}", event.cluster().name()},
                                     {"{from}", transition.from},
                                     {"{to}", transition.to},
                                     {"{change}", transition.change}});
}

}  // namespace swarmbell
