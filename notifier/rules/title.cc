#include "notifier/rules/title.h"

#include "absl/strings/str_replace.h"
#include "notifier/config/change_words.h"

namespace swarmbell {
namespace {

// Chats refuse a title of blanks alone, whichever blanks they are.
bool IsBlank(const std::string& text) {
  return absl::StrReplaceAll(text, {{" ", ""},
                                    {"\t", ""},
                                    {"\n", ""},
                                    {"\r", ""},
                                    {"\v", ""},
                                    {"\f", ""},
                                    {"\u00a0", ""},
                                    {"\u2002", ""},
                                    {"\u2003", ""},
                                    {"\u2009", ""},
                                    {"\u200b", ""},
                                    {"\u202f", ""},
                                    {"\u3000", ""},
                                    {"\ufeff", ""}})
      .empty();
}

}  // namespace

std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition) {
  const v1::ResourceRef& resource = event.resource();
  const auto* kind = v1::ResourceKind_descriptor()->FindValueByNumber(resource.kind());
  std::string filled =
      absl::StrReplaceAll(title, {{"{name}", resource.name()},
                                  {"{kind}", kind == nullptr ? std::string() : EnumWord(*kind)},
                                  {"{stack}", resource.stack()},
                                  {"{cluster}", event.cluster().name()},
                                  {"{from}", transition.from},
                                  {"{to}", transition.to},
                                  {"{change}", transition.change}});
  return IsBlank(filled) ? "" : filled;
}

}  // namespace swarmbell
