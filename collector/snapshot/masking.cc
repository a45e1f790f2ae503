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

#include "absl/strings/escaping.h"
#include "collector/snapshot/password_flags.h"
#include "collector/snapshot/secret_name.h"
#include "collector/snapshot/secret_text.h"

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

bool IsPathOfFile(std::string_view name, std::string_view value) {
  return (name.ends_with("_FILE") || name.ends_with("_file")) && value.starts_with('/');
}

bool IsFlagWithoutValue(std::string_view token) {
  return token.size() > 2 && token.starts_with('-') && token.find_first_of("=: \t\n") == std::string::npos;
}

}  // namespace

Masker::Masker(MaskOptions options, std::string key)
    : names_(std::move(options.names)), key_(key.empty() ? RandomKey() : std::move(key)) {}

bool Masker::LooksSecret(std::string_view name) const { return NameLooksSecret(name) || IsNamed(name); }

std::string Masker::Marker(std::string_view secret) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data(), &size);
  const std::string bytes(digest.begin(), digest.begin() + kMarkerBytes);
  return kMarkerBegin + absl::BytesToHexString(bytes) + kMarkerEnd;
}

std::string Masker::WithMarkers(std::string_view text, TextKind kind) const {
  std::string result;
  std::size_t done = 0;
  for (const TextSpan& span :
       FindSecrets(text, kind, [this](std::string_view name) { return LooksSecret(name); })) {
    result.append(text, done, span.begin - done);
    result += Marker(text.substr(span.begin, span.end - span.begin));
    done = span.end;
  }
  result.append(text, done);
  return result;
}

void Masker::MaskText(std::string& text) const { text = WithMarkers(text, TextKind::kSettings); }

bool Masker::IsNamed(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& glob) { return GlobMatches(glob, name); });
}

void Masker::MaskLabel(std::string_view name, std::string& value) const {
  Mask(LabelLooksSecret(name) || IsNamed(name), name, value);
}

void Masker::MaskValue(std::string_view name, std::string& value) const {
  Mask(LooksSecret(name), name, value);
}

void Masker::Mask(bool secret, std::string_view name, std::string& value) const {
  if (value.empty()) return;
  if (secret && !IsPathOfFile(name, value)) {
    value = Marker(value);
  } else {
    MaskText(value);
  }
}

void Masker::MaskAssignment(std::string& entry) const {
  const std::size_t sign = entry.find('=');
  if (sign == std::string::npos) return;
  std::string value = entry.substr(sign + 1);
  MaskValue(std::string_view(entry).substr(0, sign), value);
  entry.replace(sign + 1, std::string::npos, value);
}

void Masker::MaskTokens(Json& tokens) const {
  std::string flag;
  const PasswordFlag* program = nullptr;
  for (Json& token : tokens) {
    if (!token.is_string()) continue;
    auto& text = token.get_ref<std::string&>();
    const std::string original = text;
    const std::size_t sign = text.find('=');
    const std::size_t attached = AttachedPassword(original, program);
    if (!flag.empty() && !text.starts_with("--")) {
      if (flag == "-u" || flag == "--user") {
        std::string pair = flag + " " + text;
        MaskText(pair);
        text = pair.substr(flag.size() + 1);
      } else if (!text.empty()) {
        text = Marker(text);
      }
    } else if (attached != std::string::npos) {
      text = original.substr(0, attached) + Marker(original.substr(attached));
    } else if (sign != std::string::npos && text.find_first_of(" \t\n\"'") > sign) {
      MaskAssignment(text);  // the value reaches to the end of the token, blanks and all
    } else {
      MaskText(text);
    }
    if (const PasswordFlag* known = PasswordFlagOf(original)) program = known;
    const bool takes_password = program != nullptr && program->separate && original == program->flag;
    const bool takes_value =
        attached == std::string::npos &&
        (takes_password || original == "-u" || (IsFlagWithoutValue(original) && LooksSecret(original)) ||
         original == "--user");
    flag = takes_value ? original : std::string();
  }
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
      if (entry.is_string()) MaskAssignment(entry.get_ref<std::string&>());
    }
  } else if (value.is_array() && (key == "Args" || key == "Command" || key == "Test")) {
    MaskTokens(value);
  } else if (value.is_array()) {
    for (Json& entry : value) MaskTree(key, entry);
  } else if (value.is_string() && key != "Image") {
    MaskText(value.get_ref<std::string&>());
  }
}

void Masker::MaskSpec(Json& spec) const { MaskTree("", spec); }

void Masker::MaskLabels(std::map<std::string, std::string>& labels) const {
  for (auto& [name, value] : labels) MaskLabel(name, value);
}

std::string Masker::MaskMessage(std::string_view message) const {
  return WithMarkers(message, TextKind::kMessage);
}

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

std::string WithoutMarkerCharacters(std::string text) {
  std::replace(text.begin(), text.end(), kMarkerBegin, '?');
  std::replace(text.begin(), text.end(), kMarkerEnd, '?');
  return text;
}

}  // namespace swarmbell
