#pragma once

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Whether two changes of a field are one and the same. Pure.
bool SameField(const v1::FieldChange& one, const v1::FieldChange& two);

// Whether `end` tells that the update which the change `cause` started is completed: it is then of the same
// service and names every field of the cause. Pure.
bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause);

// Whether `later` tells of a later step of the same run of an update, so that `earlier` is no news beside it.
// A rollback that the engine began by itself stays news: the release has failed, also when all is well again.
// Pure.
bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier);

}  // namespace swarmbell
