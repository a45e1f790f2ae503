// Feeds any bytes to every place of a spec that is masked, and checks what must hold for all of them.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "collector/snapshot/masking.h"
#include "collector/snapshot/secret_name.h"

namespace {

using nlohmann::json;
using swarmbell::Masker;
using swarmbell::TextKind;
using swarmbell::TextSpan;

constexpr char kSecret[] = "Qzx7Planted9Wvk";

void Check(bool holds) {
  if (!holds) std::abort();
}

// The spans are in order, do not overlap, and none is empty.
void CheckSpans(std::string_view text, TextKind kind) {
  std::size_t last = 0;
  const auto is_secret = [](std::string_view name, std::string_view value) {
    return swarmbell::NameLooksSecret(name) && (value.empty() || !swarmbell::IsPlainlyNoSecret(name, value));
  };
  for (const TextSpan& span : swarmbell::FindSecrets(text, kind, is_secret)) {
    Check(span.begin >= last && span.begin < span.end && span.end <= text.size());
    last = span.end;
  }
}

// Text that is not hidden is as it was, in its order, and each marker has its end.
void CheckMasked(const std::string& text, const std::string& masked) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (masked[i] == '\x02') {
      i = masked.find('\x03', i);
      Check(i != std::string::npos);
      continue;
    }
    at = text.find(masked[i], at);
    Check(at != std::string::npos);
    ++at;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const masker = new Masker({{"my*", "*a*b"}}, "the key of this fuzzer");
  const std::string text =
      swarmbell::WithoutMarkerCharacters(std::string(reinterpret_cast<const char*>(data), size));
  for (const TextKind kind : {TextKind::kSettings, TextKind::kMessage, TextKind::kOutput, TextKind::kImage})
    CheckSpans(text, kind);
  CheckMasked(text, masker->MaskMessage(text));
  CheckMasked(text, masker->MaskImage(text));
  Check(masker->MaskMessage(text) == masker->MaskMessage(text));

  const std::string secret = kSecret;
  const bool planted = text.find(secret.substr(0, 3)) != std::string::npos;

  // A line of output is hidden whatever the lines before it hold.
  if (text.size() < 4096)
    Check(planted ||
          masker->HideInOutput(text + "\npassword='" + secret + "'").find(secret) == std::string::npos);

  // Beside any text, what certainly is a secret is hidden.
  json spec = {{"Labels", {{"api.token", secret + text}, {"note", text}}},
               {"Env", {"DB_PASSWORD=" + secret + text, "amqp://" + text + ":" + secret, text}},
               {"Args", {text, "--password=" + secret, "--password", secret + text}},
               {"Test", {"CMD-SHELL", text}},
               {"Image", "https://u:" + secret + "@registry.example/app"}};
  masker->MaskSpec(spec);
  Check(spec.dump(-1, ' ', false, json::error_handler_t::replace).find(secret) == std::string::npos ||
        planted);
  (void)swarmbell::ShowMasked(text);
  return 0;
}
