#include "collector/changelog/listener_set.h"

#include <list>
#include <mutex>
#include <utility>
#include <vector>

namespace swarmbell {
namespace {

struct Slot {
  std::mutex mutex;                 // held during a call, so that removal waits for it
  std::function<void()> on_change;  // guarded by mutex; empty once removed
};

}  // namespace

struct ListenerSet::Registry {
  std::mutex mutex;
  std::list<std::shared_ptr<Slot>> slots;  // guarded by mutex

  std::vector<std::shared_ptr<Slot>> Slots() {
    const std::lock_guard lock(mutex);
    return {slots.begin(), slots.end()};
  }

  void Remove(const std::shared_ptr<Slot>& slot) {
    {
      const std::lock_guard lock(mutex);
      slots.remove(slot);
    }
    const std::lock_guard lock(slot->mutex);
    slot->on_change = nullptr;
  }

  class Handle final : public ChangeLog::Listener {
   public:
    Handle(std::shared_ptr<Registry> registry, std::shared_ptr<Slot> slot)
        : registry_(std::move(registry)), slot_(std::move(slot)) {}
    ~Handle() override { registry_->Remove(slot_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

   private:
    std::shared_ptr<Registry> registry_;
    std::shared_ptr<Slot> slot_;
  };
};

ListenerSet::ListenerSet() : registry_(std::make_shared<Registry>()) {}

ListenerSet::~ListenerSet() = default;

std::unique_ptr<ChangeLog::Listener> ListenerSet::Add(std::function<void()> on_change) {
  auto slot = std::make_shared<Slot>();
  slot->on_change = std::move(on_change);
  {
    const std::lock_guard lock(registry_->mutex);
    registry_->slots.push_back(slot);
  }
  return std::make_unique<Registry::Handle>(registry_, std::move(slot));
}

void ListenerSet::Notify() const {
  for (const auto& slot : registry_->Slots()) {
    const std::lock_guard lock(slot->mutex);
    if (slot->on_change) slot->on_change();
  }
}

}  // namespace swarmbell
