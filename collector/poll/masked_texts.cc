#include "collector/poll/masked_texts.h"

#include <memory>
#include <optional>
#include <utility>

namespace swarmbell {
namespace {

// Calls `adopt(known, fresh)` with a copy of each object that was known and is still there.
template <typename T, typename Adopt>
void AdoptEach(const std::optional<Objects<T>>& fresh, std::optional<Objects<T>>& known, Adopt adopt) {
  if (!fresh || !known) return;
  typename Objects<T>::List adopted;
  for (const auto& [id, object] : *known) {
    const auto now = fresh->find(id);
    if (now == fresh->end()) {
      adopted.push_back(object);
      continue;
    }
    auto with_texts = std::make_shared<T>(*object);
    adopt(*with_texts, *now->second);
    adopted.push_back(std::move(with_texts));
  }
  known = Objects<T>::Of(std::move(adopted));
}

}  // namespace

void AdoptTexts(const Snapshot& fresh, Known& known) {
  AdoptEach(fresh.services, known.services, [](Service& service, const Service& now) {
    service.spec = now.spec;
    service.previous_spec = now.previous_spec;
    service.labels = now.labels;
  });
  AdoptEach(fresh.nodes, known.nodes, [](Node& node, const Node& now) { node.labels = now.labels; });
}

}  // namespace swarmbell
