#include "collector/stream/change_names.h"

#include "google/protobuf/descriptor.h"

namespace swarmbell {
namespace {

const google::protobuf::OneofDescriptor& Details() {
  return *v1::ChangeEvent::descriptor()->FindOneofByName("details");
}

}  // namespace

const std::vector<std::string>& FilterableChanges() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>;
    for (int i = 0; i < Details().field_count(); ++i) all->emplace_back(Details().field(i)->name());
    return all;
  }();
  return names;
}

int ChangeNumber(const std::string& name) {
  const auto* field = v1::ChangeEvent::descriptor()->FindFieldByName(name);
  return field != nullptr && field->containing_oneof() == &Details() ? field->number() : 0;
}

}  // namespace swarmbell
