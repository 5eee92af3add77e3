#pragma once

#include <string>

#include "clients/recorded_run.hpp"

namespace postflight {

// Why a recording could not be written to that folder, found without touching anything; empty when
// nothing speaks against it. A folder with anything in it but a recording is left alone.
std::string obstacle_to_recording(const std::string& folder);

// The folder holds all of the recording or what it held before: it is written to a folder beside
// it, for this user alone, which is then renamed. Throws std::runtime_error: why not.
void write_recording_folder(const std::string& folder, const RecordingFiles& files);

// The files of a recording. Throws RecordingError for a folder that cannot be read, and for more
// than a recording can be: 1 GiB, 100,000 files.
RecordingFiles read_recording_folder(const std::string& folder);

}  // namespace postflight
