// Reads what others publish compressed, with the system's own unpacking programs as child processes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace mneme {

/// The bytes of a file, unpacked when its name ends in .xz (by `xz`) or .gz (by `gzip`). Throws DataError
/// when that program cannot be started, Error when the file cannot be read or unpacked.
std::string read_unpacked(const std::filesystem::path& path);

/// The files of a zip archive whose name `wanted` accepts, by name, unpacked by `unzip`. Throws as read_unpacked does.
std::map<std::string, std::string> read_zip(const std::filesystem::path& path,
                                            const std::function<bool(const std::string&)>& wanted);

/// The regular files of a tar archive (.tar, .tar.xz, .tar.gz) whose name `wanted` accepts, by name. Throws
/// as read_unpacked does, and Error for a damaged archive.
std::map<std::string, std::string> read_tar(const std::filesystem::path& path,
                                            const std::function<bool(const std::string&)>& wanted);

}  // namespace mneme
