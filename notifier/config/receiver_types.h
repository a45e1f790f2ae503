#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The types of receivers: one table from which the keys of `receivers`, the settings that make a receiver by
// themselves, their checks, the documents and the JSON Schema are derived. All functions are pure.

// A key of `receivers`, which several types may share.
struct ReceiverKey {
  const char* name;
  const char* help;
  bool secret = true;  // never shown; `name` with `_file` names a file that holds it
  const char* default_value = "";
};

// A value that receivers of a type have.
struct ReceiverValue {
  const ReceiverKey* key;
  std::string ReceiverConfig::*member;
  // The setting that does the same outside of `receivers`, e.g. `slack.webhook_url`, and its help.
  const char* setting;
  const char* help;
  // The value in words, if the receiver needs it, e.g. `the channel to post to`; null if it is optional.
  const char* needed;
  // The error in a value that is not empty; unset if it is valid. Never shows it.
  std::optional<std::string> (*problem)(const std::string& value);
};

struct ReceiverTypeInfo {
  ReceiverType type;
  const char* name;
  // With the setting of the first one there is a receiver with the type's name. None: it takes no values.
  std::vector<ReceiverValue> values;
  // True if the URL is no secret: posts without a token may then cross a network as they are.
  bool has_public_url = false;
  // True for a word that can be mentioned; null if nobody can.
  bool (*mentions)(std::string_view word) = nullptr;
  // A warning about a valid receiver, a sentence that goes on after its name; null for none.
  std::optional<std::string> (*warning)(const ReceiverConfig& receiver) = nullptr;

  // Its value for a key; null if it takes none.
  const ReceiverValue* ValueOf(const ReceiverKey& key) const;
};

// All types, in the order in which they are shown.
const std::vector<ReceiverTypeInfo>& ReceiverTypes();
const ReceiverTypeInfo& InfoOf(ReceiverType type);

// `slack`, `slack_bot`, `teams`, `console`, `webhook`, `alertmanager` or `grafana`.
std::string ReceiverTypeName(ReceiverType type);
std::vector<std::string> ReceiverTypeNames();

// The keys of all types, each once.
const std::vector<const ReceiverKey*>& ReceiverKeysOfTypes();

// `a, b or c`; at least one name.
std::string JoinOr(std::vector<std::string> names);

// `slack, teams or webhook`: the types that take a key.
std::string TypesWith(const ReceiverKey& key);

// The condition of the JSON Schema on a receiver: the keys that its type needs, and those that it must not
// have.
std::string ReceiverCondition();

}  // namespace swarmbell
