#pragma once

#include "collector/changelog/change_log.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// A position as subscribers see it, and back.
v1::Cursor ToCursor(const LogPosition& position);
LogPosition ToPosition(const v1::Cursor& cursor);

// Where reading goes on when a read told a gap: before the first event that is still there.
LogPosition AfterGap(const LogRead& read);

}  // namespace swarmbell
