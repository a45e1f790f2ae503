#include "notifier/app/page_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

const char* StateWord(FeedState state) {
  return state == FeedState::kWaiting ? "unreachable" : FeedStateName(state);
}

}  // namespace

bool IsShownAt(const Step& step) { return step.stage == "recent-changes" || step.stage == "routing"; }

Json StateJson(const std::vector<FeedStatus>& feeds, const std::vector<ReceiverConfig>& receivers,
               const std::vector<std::string>& failing, const std::vector<v1::Silence>& silences,
               bool standby) {
  Json state = {{"standby", standby},
                {"collectors", Json::array()},
                {"receivers", Json::array()},
                {"silences", Json::array()}};
  for (const FeedStatus& feed : feeds)
    state["collectors"].push_back(
        {{"name", feed.name}, {"swarm", feed.swarm}, {"state", StateWord(feed.state)}});
  for (const ReceiverConfig& receiver : receivers) {
    const bool fails = std::find(failing.begin(), failing.end(), receiver.name) != failing.end();
    state["receivers"].push_back(
        {{"name", receiver.name}, {"type", ReceiverTypeName(receiver.type)}, {"failing", fails}});
  }
  for (const v1::Silence& silence : silences) {
    state["silences"].push_back({{"id", silence.id()},
                                 {"match", silence.match()},
                                 {"by", silence.by()},
                                 {"because", silence.because()},
                                 {"until", silence.end_time().seconds()}});
  }
  return state;
}

}  // namespace swarmbell
