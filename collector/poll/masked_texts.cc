#include "collector/poll/masked_texts.h"

#include <memory>

namespace swarmbell {

void AdoptMaskedTexts(const Objects<Service>& fresh, Known& known) {
  if (!known.services) return;
  for (auto& [id, service] : *known.services) {
    const auto now = fresh.find(id);
    if (now == fresh.end()) continue;
    auto adopted = std::make_shared<Service>(*service);
    adopted->spec = now->second->spec;
    adopted->previous_spec = now->second->previous_spec;
    adopted->labels = now->second->labels;
    service = std::move(adopted);
  }
}

}  // namespace swarmbell
