#pragma once

namespace swarmbell {

// Settings of gRPC and Abseil for the whole process. Each is to be called once, before any other use of gRPC.

// Stops Abseil from recording in which order gRPC acquires its locks. Debian's build of Abseil records it, at
// a cost to every lock, and aborts the process when two orders could deadlock, even if they never do. Other
// builds do not.
void DropLockChecks();

// Routes gRPC's own log lines through spdlog; otherwise gRPC writes them to standard error in its own format.
// Failed TLS handshakes, which gRPC reports to a server in no other way, are explained: as warnings, each
// cause once in 10 minutes, if `warn_of_handshakes`, otherwise at level debug.
void RouteGrpcLog(bool warn_of_handshakes);

}  // namespace swarmbell
