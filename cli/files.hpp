#pragma once

#include <mutex>
#include <string>

namespace postflight {

// The bytes of a file of at most 16 MiB; a pipe is read to its end. Throws Mistakes: why not.
std::string read_input_file(const std::string& path);

// Why a report could not be written there, found without touching anything; empty when nothing
// speaks against it.
std::string obstacle_to_writing(const std::string& path);

// True for a pipe or a device: writing to it may wait for whoever reads.
bool waits_for_reader(const std::string& path);

// The file holds all of the text or what it held before: the text goes to a temporary file beside
// it, is flushed to disk and renamed. What cannot be replaced (a device, a pipe, a file that is a
// mount point or in a folder that cannot be written to) is written in place. Throws
// std::runtime_error: why not.
void write_report_file(const std::string& path, const std::string& text);

// While it is held, the process is not ended by finish_file_in_hand: for writing a folder.
std::unique_lock<std::timed_mutex> take_file_in_hand();

// Waits until no file is half written and no temporary one is there, and lets none be begun again:
// for the end of the process. Gives up after some seconds, on a disk that hangs.
void finish_file_in_hand();

}  // namespace postflight
