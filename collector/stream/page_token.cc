#include "collector/stream/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/stream/cursor.h"

namespace swarmbell {
namespace {

constexpr char kFormat[] = "p1";  // changes when the form of the token does

}  // namespace

std::string MakePageToken(const LogPosition& position) {
  return absl::WebSafeBase64Escape(absl::StrCat(kFormat, ToCursor(position).SerializeAsString()));
}

std::optional<LogPosition> ReadPageToken(const std::string& token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || !absl::StartsWith(bytes, kFormat)) return std::nullopt;
  v1::Cursor cursor;
  if (!cursor.ParseFromString(bytes.substr(sizeof(kFormat) - 1))) return std::nullopt;
  return ToPosition(cursor);
}

}  // namespace swarmbell
