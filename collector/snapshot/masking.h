#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "collector/snapshot/secret_text.h"

namespace swarmbell {

struct MaskOptions {
  // Names whose values are secret, beyond those that look so; globs with `*` and `?`, in any case.
  std::vector<std::string> names;
};

// Replaces secrets by markers where they enter the program: only the markers are kept. A marker is an HMAC of
// the secret with a key that is never sent: equal secrets have equal markers, so that a change is still
// detected, but the secret cannot be derived from its marker.
//
// Secrets are: the values of variables, labels, options and flags with secret names (see secret_name.h),
// entries of an environment without a name, and everything that FindSecrets() finds in any other text. A text
// of more than 64 KiB, or with more than 256 secrets, is hidden as a whole.
//
// The time is linear in the length of the text, for every text. Thread-safe once constructed.
class Masker {
 public:
  // With a random key unless one is given.
  explicit Masker(MaskOptions options, std::string key = {});

  // Masks a whole `Spec` (or `PreviousSpec`) of the engine in place.
  void MaskSpec(nlohmann::json& spec) const;

  // Masks the values of a map of labels.
  void MaskLabels(std::map<std::string, std::string>& labels) const;

  // Masks secrets in a text of the engine, such as a task's error.
  std::string MaskMessage(std::string_view message) const;

  // The same with `••••` in place of secrets, for a text that is shown and not compared.
  std::string HideInMessage(std::string_view message) const;

  // The same for lines that a program printed.
  std::string HideInOutput(std::string_view lines) const;

  // Masks the reference of an image, which may contain credentials of its registry.
  std::string MaskImage(std::string_view image) const;

  bool LooksSecret(std::string_view name) const;

 private:
  bool IsNamed(std::string_view name) const;
  bool IsSecret(std::string_view name, std::string_view value) const;
  void MaskLabel(std::string_view name, std::string& value) const;
  void MaskValue(std::string_view name, std::string& value) const;
  void MaskVariable(std::string& entry) const;
  void MaskNameless(std::string& entry) const;
  void MaskText(std::string& text) const;
  void MaskPair(std::string& text) const;
  void MaskOption(std::string& text, std::size_t sign) const;
  void MaskTokens(nlohmann::json& tokens) const;
  void MaskTree(std::string_view key, nlohmann::json& value) const;
  std::string WithMarkers(std::string_view text, TextKind kind) const;
  std::string Marker(std::string_view secret) const;

  std::vector<std::string> names_;  // in lower case
  std::string key_;
};

// Changes when a release masks other texts than the release before: texts that were masked by different rules
// cannot be compared.
inline constexpr char kMaskingRules[] = "2";

// Text as a person may see it.
struct DisplayText {
  std::string text;
  bool masked = false;  // true if a part of it is hidden
};

// Shows each marker as `••••`.
DisplayText ShowMasked(std::string_view text);

// Returns the position of the first marker in a masked text; npos if it has none.
std::size_t FindMarker(std::string_view text);

// Replaces the characters that delimit markers, in text that comes from outside, by `?`.
std::string WithoutMarkerCharacters(std::string text);
// The same for every text and name inside a value.
void CleanTexts(nlohmann::json& value);

}  // namespace swarmbell
