#pragma once

#include "collector/diff/comparison.h"

namespace swarmbell {

// Tells how the spec of a service differs, and keeps in `known` what a run of an update may be about.
void CompareSpecs(Comparison& comparison, const Service& before, const Service& now);

// Tells the steps of a service's update since the last reading; call after CompareSpecs().
void CompareRuns(Comparison& comparison, const Service& before, const Service& now);

// Takes the run of a service as known without telling it.
void RememberRun(Comparison& comparison, const Service& service);

// Tells the run of a service that has just appeared, if it goes on.
void TellFirstRun(Comparison& comparison, const Service& service);

// The part that all changes of one service in one reading share.
EventHead ServiceHead(const Service& before, const Service& now);

}  // namespace swarmbell
