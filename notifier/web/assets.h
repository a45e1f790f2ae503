#pragma once

#include <string_view>

namespace swarmbell {

// A file of the page, compiled in: the program runs without files beside it.
struct Asset {
  std::string_view path;
  std::string_view content_type;
  std::string_view content;
};

// Null for an unknown path. Pure.
const Asset* FindAsset(std::string_view path);

}  // namespace swarmbell
