public import PPLSourceText
import PPLStorage
import PPLSyntax

/// Programs in the one layout of the language; `ppl fmt` uses it.
public enum ProgramFormat {
  /// What became of a text.
  public enum Result: Sendable {
    /// The text in the layout; it may be the same text.
    case formatted(String)
    /// The text has mistakes of syntax, so that nothing is made of it.
    case invalid([Diagnostic])
  }

  /// The program of a file in the layout: same meaning, same comments.
  ///
  /// ```swift
  /// let result = ProgramFormat.format(SourceFile(name: "coin.ppl", text: "p~Beta( 1,1 )"))
  /// if case .formatted(let text) = result { print(text) }  // p ~ Beta(1, 1)
  /// ```
  ///
  /// - Parameter file: the text with its name.
  /// - Returns: the text in the layout, or what is wrong with it.
  public static func format(_ file: SourceFile) -> Result {
    let parsed = Parser.read(file)
    guard let text = SourceFormatter.format(file, parsed) else {
      return .invalid(parsed.diagnostics)
    }
    precondition(
      SyntaxDump.text(of: Parser.parse(SourceFile(name: "", text: text)).program, in: nil)
        == SyntaxDump.text(of: parsed.program, in: nil),
      "a layout has the meaning of the text that it is made of"
    )
    return .formatted(text)
  }

  /// The text of a file.
  ///
  /// - Parameter path: the file.
  /// - Returns: its text with its name, for ``format(_:)``.
  /// - Throws: why the file cannot be read.
  public static func read(_ path: String) throws(ProgramFileError) -> SourceFile {
    do {
      return SourceFile(name: path, bytes: try readFile(path))
    } catch {
      throw ProgramFileError(message: error.message)
    }
  }

  /// Replaces the text of a file, which is at every moment the old one or the new one.
  ///
  /// Its permissions stay; of a link, the file that it leads to is replaced.
  ///
  /// - Throws: why the file cannot be written.
  public static func replace(_ path: String, with text: String) throws(ProgramFileError) {
    do {
      try replaceFile(path, with: Array(text.utf8))
    } catch {
      throw ProgramFileError(message: error.message)
    }
  }
}
