import Foundation

/// The Python that is asked; `PPL_PYTHON` names another than `python3`.
package let python = ProcessInfo.processInfo.environment["PPL_PYTHON"] ?? "python3"

/// What a Python program printed, and whether it ended well.
package func runPython(_ program: String, _ arguments: [String]) throws -> (Bool, String) {
  try run([python, "-W", "ignore", "-c", program] + arguments)
}

/// What a program of R printed, and whether it ended well.
package func runR(_ program: String, _ arguments: [String]) throws -> (Bool, String) {
  try run(["Rscript", "--vanilla", "-e", program] + arguments)
}

private func run(_ arguments: [String]) throws -> (Bool, String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus == 0, String(decoding: output, as: UTF8.self))
}
