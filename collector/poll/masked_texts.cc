#include "collector/poll/masked_texts.h"

#include <memory>

namespace swarmbell {

void AdoptMaskedTexts(const Objects<Service>& fresh, Known& known) {
  if (!known.services) return;
  Objects<Service>::List adopted;
  for (const auto& [id, service] : *known.services) {
    const auto now = fresh.find(id);
    if (now == fresh.end()) {
      adopted.push_back(service);
      continue;
    }
    auto with_texts = std::make_shared<Service>(*service);
    with_texts->spec = now->second->spec;
    with_texts->previous_spec = now->second->previous_spec;
    with_texts->labels = now->second->labels;
    adopted.push_back(std::move(with_texts));
  }
  known.services = Objects<Service>::Of(std::move(adopted));
}

}  // namespace swarmbell
