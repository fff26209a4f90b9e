// A report: what a model did and how it learned, as one HTML page that opens from disk and loads nothing.
#pragma once

#include <string>

#include "mneme/core/trace.h"

namespace mneme {

/// The page for a trace and the lines of a run's metrics.jsonl (empty when there is none). The same
/// arguments give the same bytes. Settings are shown by table: a key "model.slots" stands in the table
/// "model"; "about.command", "about.title" and other keys of "about" stand where they belong.
/// A last line without its end, as a killed run leaves it, is passed over. Throws Error naming the line for
/// any other that is not a JSON object.
std::string report_html(const Trace& trace, const std::string& metrics_jsonl);

}  // namespace mneme
