#pragma once

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

// Hides secrets where they enter the program: everything kept after that holds markers in their place. A
// marker is made from the secret with a key that is not sent anywhere: equal secrets have equal markers, so a
// change is still seen, but nothing can be read from one.
//
// Secret are: the values of variables, labels, options and flags whose names look so (PASSWORD, TOKEN,
// API_KEY, AUTH, ... as whole words of the name); credentials inside URLs, and the URLs of webhooks; what
// follows `Bearer`; what well-known programs take as a password (`mysql -pSECRET`, `redis-cli -a SECRET`);
// private keys in PEM. A name that ends in _FILE and holds an absolute path is not: the path is no secret.
//
// Thread-safe once constructed.
class Masker {
 public:
  // With a random key unless one is given.
  explicit Masker(MaskOptions options, std::string key = {});

  // Masks a whole `Spec` (or `PreviousSpec`) of the engine in place.
  void MaskSpec(nlohmann::json& spec) const;

  // Masks the values of a map of labels.
  void MaskLabels(std::map<std::string, std::string>& labels) const;

  // Masks the engine's own words, such as a task's error, leaving them as they are otherwise.
  std::string MaskMessage(std::string_view message) const;

  bool LooksSecret(std::string_view name) const;

 private:
  bool IsNamed(std::string_view name) const;
  void MaskLabel(std::string_view name, std::string& value) const;
  void MaskValue(std::string_view name, std::string& value) const;
  void Mask(bool secret, std::string_view name, std::string& value) const;
  void MaskAssignment(std::string& entry) const;
  void MaskText(std::string& text) const;
  void MaskTokens(nlohmann::json& tokens) const;
  void MaskTree(std::string_view key, nlohmann::json& value) const;
  std::string WithMarkers(std::string_view text, TextKind kind) const;
  std::string Marker(std::string_view secret) const;

  std::vector<std::string> names_;
  std::string key_;
};

// Text as a person may see it.
struct DisplayText {
  std::string text;
  bool masked = false;  // whether any part of it is hidden
};

// Shows each marker as `••••`.
DisplayText ShowMasked(std::string_view text);

// Takes the characters that markers are made of out of text that comes from outside.
std::string WithoutMarkerCharacters(std::string text);

}  // namespace swarmbell
