#pragma once

#include <string>
#include <vector>

#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// The labels with which a resource steers its own alerts; see RuleSet.
inline constexpr char kEnableLabel[] = "swarmbell.enable";
inline constexpr char kColorsLabel[] = "swarmbell.colors";
inline constexpr char kReceiverLabel[] = "swarmbell.receiver";

// The label's words between commas; empty if the resource has no such label. Pure.
std::vector<std::string> LabelWords(const v1::ResourceRef& resource, const std::string& label);

// A label of ours that does not mean what its writer hoped.
struct LabelFault {
  std::string label;
  std::string value;    // the word at fault, or the whole value
  std::string problem;  // ends a sentence: `names no receiver; did you mean "team-a"?`
  friend bool operator==(const LabelFault&, const LabelFault&) = default;
};

// The errors in the resource's labels that begin with `swarmbell.`, given the receivers' names. Pure.
std::vector<LabelFault> LabelFaults(const v1::ResourceRef& resource,
                                    const std::vector<std::string>& receivers);

}  // namespace swarmbell
