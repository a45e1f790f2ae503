#pragma once

namespace swarmbell {

// Gives memory back to the system that was needed for a while and is free now, as far as it is whole pages:
// glibc by itself keeps what lies between objects that stay. For after work that was large: takes up to a
// millisecond with a heap of 20 MB. With another C library it does nothing. Any thread.
void ReturnFreeMemory();

}  // namespace swarmbell
