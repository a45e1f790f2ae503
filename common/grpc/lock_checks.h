#pragma once

namespace swarmbell {

// Stops Abseil from recording in which order gRPC takes its locks. Debian's build of Abseil does so, at a
// cost to every lock, and ends the process when two orders could block each other, whether or not they ever
// do. Elsewhere it is off already. To be called once, before any other use of gRPC.
void DropLockChecks();

}  // namespace swarmbell
