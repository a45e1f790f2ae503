#pragma once

namespace swarmbell {

// Lets what gRPC logs by itself come through spdlog; otherwise it would write to stderr in a form of its own.
// Handshakes that fail, which a server hears of nowhere else, are told in words: as warnings where
// `tell_handshakes`, each cause once in a while. To be called once, before any other use of gRPC.
void RouteGrpcLog(bool tell_handshakes);

}  // namespace swarmbell
