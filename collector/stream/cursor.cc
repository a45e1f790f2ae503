#include "collector/stream/cursor.h"

namespace swarmbell {

v1::Cursor ToCursor(const LogPosition& position) {
  v1::Cursor cursor;
  cursor.set_log_id(position.log_id);
  cursor.set_sequence(position.sequence);
  return cursor;
}

LogPosition ToPosition(const v1::Cursor& cursor) { return {cursor.log_id(), cursor.sequence()}; }

LogPosition AfterGap(const LogRead& read) {
  if (read.batches.empty()) return read.next;
  return {read.next.log_id, read.batches.front()->events.front().sequence() - 1};
}

}  // namespace swarmbell
