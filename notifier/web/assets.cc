#include "notifier/web/assets.h"

#include <array>

namespace swarmbell {
namespace {

// In the order of CMakeLists.txt.
constexpr std::string_view kContents[] = {
#include "page.inc"
};

constexpr std::array<Asset, 4> kAssets = {{
    {"/", "text/html; charset=utf-8", kContents[0]},
    {"/page.css", "text/css; charset=utf-8", kContents[1]},
    {"/page.js", "text/javascript; charset=utf-8", kContents[2]},
    {"/icon.svg", "image/svg+xml", kContents[3]},
}};

}  // namespace

const Asset* FindAsset(std::string_view path) {
  for (const Asset& asset : kAssets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace swarmbell
