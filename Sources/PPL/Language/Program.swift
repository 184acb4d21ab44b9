import PPLInference
import PPLModelCompiler
package import PPLSemantics
public import PPLSourceText
import PPLStorage
package import PPLSyntax

/// The text of a model, parsed and checked.
///
/// A program with errors is a value like any other: its ``diagnostics`` say what is wrong.
///
/// ```swift
/// let program = Program(name: "coin.ppl", text: "p ~ Beta(1, 1)")
/// for diagnostic in program.diagnostics { print(diagnostic.message) }
/// ```
///
/// ``init(checking:name:)`` throws instead.
public struct Program: Sendable {
  /// The text, for messages.
  public let source: SourceFile
  /// Everything found in the text, in its order.
  public let diagnostics: [Diagnostic]
  package let syntax: PPLSyntax.Program
  package let model: CheckedModel

  /// Parses and checks a text.
  ///
  /// - Parameters:
  ///   - name: shown in messages; a path where there is one, relative to which the program's own
  ///     paths are resolved.
  ///   - text: the program.
  public init(name: String, text: String) {
    self.init(source: SourceFile(name: name, text: text))
  }

  /// Reads, parses and checks a file.
  ///
  /// - Parameter path: the file; the program's own paths are relative to it.
  /// - Throws: why the file cannot be read.
  public init(path: String) throws(ProgramFileError) {
    do {
      self.init(source: SourceFile(name: path, bytes: try readFile(path)))
    } catch {
      throw ProgramFileError(message: error.message)
    }
  }

  /// Parses and checks a source file.
  ///
  /// - Parameter source: the text with its name.
  public init(source: SourceFile) {
    self.source = source
    let parsed = Parser.parse(source)
    syntax = parsed.program
    // What the parser recovered from is checked too: one run reports all it can.
    let checked = ModelChecker.check(
      parsed.program,
      library: ModelCompiler.signatures,
      engines: EngineLibrary.standard
    )
    model = checked.model
    let wrongLines = Set(
      parsed.diagnostics.compactMap { $0.primary.map { source.position(of: $0.span.start).line } }
    )
    let consequences = checked.diagnostics.filter { diagnostic in
      guard let span = diagnostic.primary?.span else { return true }
      return !wrongLines.contains(source.position(of: span.start).line)
    }
    diagnostics = (parsed.diagnostics + consequences).enumerated().sorted { a, b in
      (a.element.primary?.span.start ?? 0, a.offset)
        < (b.element.primary?.span.start ?? 0, b.offset)
    }.map(\.element)
  }

  /// Whether the program can be used.
  public var isValid: Bool { !diagnostics.contains(where: \.isError) }

  /// The syntax tree as indented text.
  public var syntaxDescription: String { SyntaxDump.text(of: syntax, in: source) }
}

/// Why a program's file cannot be read.
public struct ProgramFileError: Error, Sendable {
  /// One sentence with the path.
  public var message: String
}
