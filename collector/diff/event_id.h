#pragma once

#include <cstdint>
#include <string>

namespace swarmbell {

// Identifies a change: equal on every collector that sees it.
struct ChangeIdentity {
  std::string cluster_id;
  std::string object_id;
  std::string change;  // the name of the field in ChangeEvent.details
  // Tells changes of one name and object apart where the version does not.
  std::string discriminator;
  std::uint64_t version = 0;  // the object's Version.Index; 0 where it says nothing about this change
};

// The first 32 hexadecimal digits of a SHA-256.
std::string EventId(const ChangeIdentity& identity);

}  // namespace swarmbell
