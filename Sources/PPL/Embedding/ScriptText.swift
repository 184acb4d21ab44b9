import PPLSourceText
import PPLSyntax

extension Program {
  /// The program's own model under a script of other statements: those of its script are left out.
  ///
  /// Statements of the model stay at their places in the text, so that what is said of them points there.
  ///
  /// - Parameter statements: the script, a statement each.
  /// - Returns: the program, checked.
  /// - Throws: what is wrong with it.
  func scripted(by statements: [String]) throws(ProgramError) -> Program {
    var bytes = source.bytes
    for item in syntax.items where item.isScript {
      for place in item.span.start..<min(item.span.end, bytes.count)
      where bytes[place] != UInt8(ascii: "\n") {
        bytes[place] = UInt8(ascii: " ")
      }
    }
    bytes += Array(("\n" + statements.joined(separator: "\n") + "\n").utf8)
    let program = Program(source: SourceFile(name: source.name, bytes: bytes))
    guard program.isValid else {
      throw ProgramError(diagnostics: program.diagnostics, source: program.source)
    }
    return program
  }
}

extension Item {
  /// Whether it asks for something, and does not belong to the model.
  fileprivate var isScript: Bool {
    switch kind {
    case .infer, .predict, .show, .plot, .check, .save: true
    default: false
    }
  }
}
