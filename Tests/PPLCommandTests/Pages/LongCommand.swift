import Foundation
import Testing

/// A command that a page shows and no test carries out, as it takes long or changes the machine: what it names is there.
///
/// `ppl run` becomes `ppl check` with the same model and data, which is carried out.
struct LongCommand {
  var words: [String]

  /// The command of a line; nil if it has only a comment.
  init?(_ line: String) {
    let command = line.replacing(/(^|\s+)# .*$/, with: "")
    words = command.split(separator: " ").map(String.init)
    if words.isEmpty { return nil }
  }

  /// Holds the command against the files of the repository, and those of the page's folder.
  func check(in place: Workplace, folder: String) throws {
    switch words[0] {
    case "ppl":
      let result = try place.run(shell: checkingWords(folder).joined(separator: " "))
      #expect(result.status == 0, "\(words)\n\(result.output)\(result.errors)")
    case "swift": try checkProducts()
    default: try checkFiles(folder)
    }
  }

  /// The command that looks at what this one runs.
  private func checkingWords(_ folder: String) -> [String] {
    var rest = words.dropFirst()[...]
    var checking = ["ppl"]
    while let word = rest.popFirst() {
      switch word {
      case "run": checking.append("check")
      case "--out", "--seed": rest = rest.dropFirst()
      case "--overwrite": break
      default:
        let isHere = FileManager.default.fileExists(atPath: Workplace.repository(folder + word))
        checking.append(isHere ? Workplace.repository(folder + word) : word)
      }
    }
    return checking
  }

  /// Products and targets are those of the package.
  private func checkProducts() throws {
    let file = Workplace.repository("Package.swift")
    let manifest = try String(contentsOfFile: file, encoding: .utf8)
    for (option, name) in zip(words, words.dropFirst()) where option == "--product" {
      #expect(manifest.contains("name: \"\(name)\""), "\(words) names \(name)")
    }
    let package = zip(words, words.dropFirst()).first { $0.0 == "--package-path" }?.1
    if let package {
      #expect(FileManager.default.fileExists(atPath: Workplace.repository(package)), "\(package)")
    }
  }

  /// Files are there, and options of scripts occur in them.
  private func checkFiles(_ folder: String) throws {
    var script: String?
    for word in words {
      if word.hasPrefix("--"), let script {
        #expect(script.contains(word), "\(words): there is no \(word)")
      }
      let isOutside = ["~", "\"", "$", "@", "http", ".build/"].contains { word.hasPrefix($0) }
      guard word.contains("/"), !isOutside else { continue }
      let file = [word, folder + word].map(Workplace.repository)
        .first { FileManager.default.fileExists(atPath: $0) }
      let path = try #require(file, "\(words): there is no \(word)")
      if word.hasSuffix(".py") { script = try String(contentsOfFile: path, encoding: .utf8) }
    }
  }
}
