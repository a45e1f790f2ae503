#include "collector/snapshot/masking.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "collector/snapshot/secret_credentials.h"
#include "collector/snapshot/secret_name.h"
#include "collector/snapshot/secret_text.h"
#include "common/glob/glob.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

constexpr char kMarkerBegin = '\x02';
constexpr char kMarkerEnd = '\x03';
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMarkerBytes = 8;

std::string RandomKey() {
  std::array<unsigned char, kKeyBytes> key{};
  // Without randomness the markers of short secrets could be guessed: better not to run.
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) std::abort();
  return {key.begin(), key.end()};
}

bool IsFreeMap(std::string_view key) {
  return key == "Labels" || key == "Options" || key == "DriverOpts" || key == "Sysctls";
}

// The longest text that is searched. Nobody reads a longer setting.
constexpr std::size_t kLongestText = std::size_t{64} << 10;
// A text with more is hidden as a whole: each marker costs a hash.
constexpr std::size_t kMostSecrets = 256;

bool IsPathOfFile(std::string_view name, std::string_view value) {
  return (name.ends_with("_FILE") || name.ends_with("_file")) && value.starts_with('/');
}

bool HasUpperLowerAndDigit(std::string_view text) {
  const auto any = [&](auto is) {
    return std::any_of(text.begin(), text.end(), [&](char c) { return is(static_cast<unsigned char>(c)); });
  };
  return any(absl::ascii_isupper) && any(absl::ascii_islower) && any(absl::ascii_isdigit);
}

// `cGx1bXRhcnQ5Cg==`: base64 that ends in its padding, or `cGx1bXRhcnQ=` if it does not look like a name.
bool IsPaddedBase64(std::string_view name, std::string_view value) {
  constexpr std::size_t kShortest = 12;
  if (value == "=") return true;
  const bool whole = (name.size() + 1) % 4 == 0 && name.size() + 1 >= kShortest;
  return value.empty() && whole && All(name, kAlphanumericBytes) && HasUpperLowerAndDigit(name);
}

// True if `name` can be the name of a variable. The equals signs of a URL's query and of base64's padding do
// not separate a name from a value.
bool IsNameOfVariable(std::string_view name, std::string_view value) {
  constexpr ByteSet kBytes = ByteSet("_.-:()[]").AndAlphanumerics();
  if (!All(name, kBytes) || IsPaddedBase64(name, value)) return false;
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return true;
  return value.find_first_not_of('=') != std::string_view::npos && !NameLooksSecret(name.substr(0, colon));
}

}  // namespace

Masker::Masker(MaskOptions options, std::string key)
    : names_(std::move(options.names)), key_(key.empty() ? RandomKey() : std::move(key)) {
  for (std::string& name : names_) absl::AsciiStrToLower(&name);
}

bool Masker::IsNamed(std::string_view name) const {
  if (names_.empty()) return false;
  const std::string lower = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& glob) { return GlobMatch(glob, lower); });
}

bool Masker::LooksSecret(std::string_view name) const { return NameLooksSecret(name) || IsNamed(name); }

bool Masker::IsSecret(std::string_view name, std::string_view value) const {
  if (IsNamed(name)) return !IsPathOfFile(name, value);
  return NameLooksSecret(name) && (value.empty() || !IsPlainlyNoSecret(name, value));
}

std::string Masker::Marker(std::string_view secret) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data(), &size);
  const std::string bytes(digest.begin(), digest.begin() + kMarkerBytes);
  return kMarkerBegin + absl::BytesToHexString(bytes) + kMarkerEnd;
}

std::string Masker::WithMarkers(std::string_view text, TextKind kind) const {
  if (text.size() > kLongestText) return Marker(text);
  const TextSpans spans = FindSecrets(
      text, kind, [this](std::string_view name, std::string_view value) { return IsSecret(name, value); });
  if (spans.empty()) return std::string(text);
  if (spans.size() > kMostSecrets) return Marker(text);
  std::string result;
  std::size_t done = 0;
  for (const TextSpan& span : spans) {
    result.append(text, done, span.begin - done);
    result += Marker(text.substr(span.begin, span.end - span.begin));
    done = span.end;
  }
  result.append(text, done);
  return result;
}

void Masker::MaskText(std::string& text) const { text = WithMarkers(text, TextKind::kSettings); }

void Masker::MaskLabel(std::string_view name, std::string& value) const {
  if (IsNamed(name) ? !IsPathOfFile(name, value)
                    : LabelLooksSecret(name) && !IsPlainlyNoSecret(name, value)) {
    if (!value.empty()) value = Marker(value);
  } else {
    MaskText(value);
  }
}

void Masker::MaskValue(std::string_view name, std::string& value) const {
  if (value.empty()) return;
  if (IsSecret(name, value)) {
    value = Marker(value);
  } else {
    MaskText(value);
  }
}

void Masker::MaskVariable(std::string& entry) const {
  const std::size_t sign = std::min(entry.find('='), entry.size());
  const std::string_view name = std::string_view(entry).substr(0, sign);
  std::string value = entry.substr(std::min(sign + 1, entry.size()));
  if (sign == entry.size() || !IsNameOfVariable(name, value)) return MaskNameless(entry);
  MaskValue(name, value);
  entry.replace(sign + 1, std::string::npos, value);
}

// An entry without `=` may be a bare secret; so may the text behind the colon of `NAME: value`.
void Masker::MaskNameless(std::string& entry) const {
  if (entry.empty() || IsBareVariableName(entry)) return;
  constexpr ByteSet kName = ByteSet("_").AndAlphanumerics();
  constexpr ByteSet kBetween(": \t");
  const std::size_t name_end = EndOfRun(entry, 0, kName);
  const std::size_t begin = EndOfRun(entry, name_end, kBetween);
  const std::string_view name = std::string_view(entry).substr(0, name_end);
  const bool named =
      begin > name_end && begin < entry.size() && (IsBareVariableName(name) || LooksSecret(name));
  const std::size_t secret = named ? begin : 0;
  entry.replace(secret, std::string::npos, Marker(std::string_view(entry).substr(secret)));
}

// `user:secret`
void Masker::MaskPair(std::string& text) const {
  const std::size_t secret = SecretOfPair(text);
  if (secret == std::string::npos) return MaskText(text);
  text.replace(secret, std::string::npos, Marker(std::string_view(text).substr(secret)));
}

void Masker::MaskTokens(Json& tokens) const {
  const auto is_secret_name = [this](std::string_view name) { return LooksSecret(name); };
  CommandLine line(is_secret_name);
  std::string flag;  // the flag before the present word
  FlagValue value = FlagValue::kPlain;
  for (Json& token : tokens) {
    if (!token.is_string()) continue;
    auto& text = token.get_ref<std::string&>();
    const std::string original = text;
    const ReadWord read = line.Read(original);
    const std::size_t sign = text.find('=');
    if (value == FlagValue::kUserAndSecret) {
      MaskPair(text);
    } else if (value == FlagValue::kSecret && IsValueOf(flag, original)) {
      if (!text.empty() && (!LooksSecret(flag) || IsSecret(flag, text))) text = Marker(text);
    } else if (read.attached != std::string::npos) {
      text = original.substr(0, read.attached) + Marker(original.substr(read.attached));
    } else if (sign != std::string::npos && text.find_first_of(" \t\n\"'") > sign) {
      MaskOption(text, sign);  // the value reaches to the end of the token, blanks and all
    } else {
      MaskText(text);
    }
    flag = original;
    value = read.next;
  }
}

// `--token=secret`, `--user=bob:secret`
void Masker::MaskOption(std::string& text, std::size_t sign) const {
  const std::string_view name = std::string_view(text).substr(0, sign);
  std::string value = text.substr(sign + 1);
  if (name == "--user" || name == "--proxy-user" || name == "--creds") {
    MaskPair(value);
  } else {
    MaskValue(name, value);
  }
  text.replace(sign + 1, std::string::npos, value);
}

void Masker::MaskTree(std::string_view key, Json& value) const {
  if (value.is_object()) {
    const bool free_map = IsFreeMap(key);
    for (auto& [name, child] : value.items()) {
      if (free_map && child.is_string()) {
        MaskLabel(name, child.get_ref<std::string&>());
      } else {
        MaskTree(name, child);
      }
    }
  } else if (value.is_array() && key == "Env") {
    for (Json& entry : value) {
      if (entry.is_string()) MaskVariable(entry.get_ref<std::string&>());
    }
  } else if (value.is_array() && (key == "Args" || key == "Command" || key == "Test")) {
    MaskTokens(value);
  } else if (value.is_array()) {
    for (Json& entry : value) MaskTree(key, entry);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    text = WithMarkers(text, key == "Image" ? TextKind::kImage : TextKind::kSettings);
  }
}

void Masker::MaskSpec(Json& spec) const { MaskTree("", spec); }

void Masker::MaskLabels(std::map<std::string, std::string>& labels) const {
  for (auto& [name, value] : labels) MaskLabel(name, value);
}

std::string Masker::MaskMessage(std::string_view message) const {
  return WithMarkers(message, TextKind::kMessage);
}

std::string Masker::HideInMessage(std::string_view message) const {
  return ShowMasked(MaskMessage(message)).text;
}

std::string Masker::HideInOutput(std::string_view lines) const {
  return ShowMasked(WithMarkers(lines, TextKind::kOutput)).text;
}

std::string Masker::MaskImage(std::string_view image) const { return WithMarkers(image, TextKind::kImage); }

DisplayText ShowMasked(std::string_view text) {
  DisplayText shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != kMarkerBegin) {
      shown.text.push_back(text[i]);
      continue;
    }
    shown.masked = true;
    shown.text += "••••";
    i = std::min(text.find(kMarkerEnd, i), text.size());
  }
  return shown;
}

std::size_t FindMarker(std::string_view text) { return text.find(kMarkerBegin); }

std::string WithoutMarkerCharacters(std::string text) {
  std::replace(text.begin(), text.end(), kMarkerBegin, '?');
  std::replace(text.begin(), text.end(), kMarkerEnd, '?');
  return text;
}

void CleanTexts(Json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.find_first_of("\x02\x03") != std::string::npos) text = WithoutMarkerCharacters(std::move(text));
  } else if (value.is_array()) {
    for (Json& entry : value) CleanTexts(entry);
  } else if (value.is_object()) {
    bool renamed = false;
    for (auto& [name, child] : value.items()) {
      CleanTexts(child);
      renamed = renamed || name.find_first_of("\x02\x03") != std::string::npos;
    }
    if (!renamed) return;
    Json clean = Json::object();
    for (auto& [name, child] : value.items()) clean[WithoutMarkerCharacters(name)] = std::move(child);
    value = std::move(clean);
  }
}

}  // namespace swarmbell
