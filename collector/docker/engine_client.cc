#include "collector/docker/engine_client.h"

namespace swarmbell {

std::string_view EndpointPath(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kInfo:
      return "/info";
    case Endpoint::kServices:
      return "/services";
    case Endpoint::kNodes:
      return "/nodes";
    case Endpoint::kTasks:
      return "/tasks";
    case Endpoint::kNetworks:
      return "/networks";
    case Endpoint::kContainers:
      return "/containers/json";
    case Endpoint::kTaskLog:
      return "/tasks/ID/logs";
  }
  return "";
}

}  // namespace swarmbell
