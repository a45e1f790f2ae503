#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The words by which rules and mutes name changed fields: the group in one short word, a dot, and the name as
// cards show it: `env.BUILD_ID`, `labels.traefik.enable`, `resources.Memory limit`, `image.`. All pure and
// thread-safe.

// `image`, `args`, `env`, ...: a word for each group that collectors tell.
const std::vector<std::string>& FieldGroupWords();

// The word of one of these groups; of a group that only newer collectors know, its name in lower case with
// `_`.
std::string FieldGroupWord(std::string_view group);

std::string FieldWord(const v1::FieldChange& field);

// True if the glob matches the field. A glob without a dot matches all fields of a group.
bool MatchesField(std::string_view glob, const v1::FieldChange& field);

// True if the glob can match a field of a known group.
bool NamesFieldGroup(std::string_view glob);

// True if a change, by one of ChangeNames(), can be matched by its fields.
bool HasFields(const std::string& change);

// The fields that the event is about: what changed, or what an update is for that starts or ends well. None
// of an update that fails, so that a mute for some field never hides a failure. They live as long as the
// event.
std::vector<const v1::FieldChange*> FieldsOf(const v1::ChangeEvent& event);

}  // namespace swarmbell
