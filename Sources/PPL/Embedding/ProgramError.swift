public import PPLSourceText

/// A program, or a part of one that was given as text, that has mistakes.
public struct ProgramError: Error, Sendable, CustomStringConvertible {
  /// Everything found; at least one is an error.
  public let diagnostics: [Diagnostic]
  /// The text that they are about.
  public let source: SourceFile

  /// The diagnostics with excerpts of the text.
  public var description: String { DiagnosticRenderer().render(diagnostics, in: source) }
}

extension Program {
  /// Parses and checks a text.
  ///
  /// - Parameters:
  ///   - text: the program.
  ///   - name: shown in messages; a path where there is one, relative to which the program's own paths are resolved.
  /// - Throws: the mistakes, all that were found.
  public init(checking text: String, name: String = "model.ppl") throws(ProgramError) {
    self.init(name: name, text: text)
    guard isValid else { throw ProgramError(diagnostics: diagnostics, source: source) }
  }
}
