import PPLInference
import PPLModelCompiler
import PPLStorage
import PPLSyntax
import PPLTypeSystem

/// How a line may go on.
public struct Completions: Sendable, Hashable {
  /// Bytes before the cursor that a candidate takes the place of.
  public var replacedCount: Int
  /// What may stand there, in alphabetical order.
  public var candidates: [String]

  /// What all candidates begin with.
  public var commonPrefix: String {
    guard var common = candidates.first else { return "" }
    for candidate in candidates.dropFirst() {
      common = String(zip(common, candidate).prefix { $0 == $1 }.map(\.0))
    }
    return common
  }
}

extension InteractiveSession {
  /// How a line may go on at the cursor, a number of bytes from its start.
  ///
  /// Names of the session, members behind a fit, dimensions, distributions, functions, engines and their settings,
  /// commands behind `:`, topics behind `?`, and files within quotes and behind commands that take one.
  ///
  /// - Parameters:
  ///   - line: what was typed.
  ///   - cursor: bytes of it before the cursor.
  /// - Returns: what may stand there.
  public func completions(of line: String, at cursor: Int) -> Completions {
    let text = String(decoding: line.utf8.prefix(max(0, cursor)), as: UTF8.self)
    if let path = pathStart(text) {
      return Completions(
        replacedCount: path.utf8.count,
        candidates: files(beginning: path)
      )
    }
    if text.hasPrefix("?") { return matching(text.dropFirst(), Help.entries.map(\.name)) }
    if text.hasPrefix(":"), !text.contains(where: \.isWhitespace) {
      return matching(text.dropFirst(), SessionCommand.allCases.map(\.rawValue))
    }
    if text.hasPrefix(":help ") {
      return matching(lastWord(text), Help.entries.map(\.name))
    }
    let word = lastWord(text)
    let before = text.dropLast(word.count)
    if before.hasSuffix(".") {
      return matching(word, members(of: String(lastWord(before.dropLast()))))
    }
    return matching(word, names(behind: String(before)))
  }

  private func matching(_ word: some StringProtocol, _ names: [String]) -> Completions {
    Completions(
      replacedCount: word.utf8.count,
      candidates: Set(names).filter { $0.hasPrefix(word) && $0 != word }.sorted()
    )
  }

  private func lastWord(_ text: some StringProtocol) -> Substring {
    let text = String(text)
    let length = text.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }.count
    return Substring(text.suffix(length))
  }

  // MARK: Names

  private func members(of owner: String) -> [String] {
    if let fit = state.fit(named: owner) {
      return fit.snapshot.statements.flatMap(\.definitions).filter {
        $0.kind == .equation || $0.kind == .parameter || $0.kind == .data
      }.map(\.name)
    }
    let isNet = state.statements.contains { statement in
      if case .net(let net) = statement.item.kind { return net.function.name.text == owner }
      return false
    }
    return isNet ? ["weights"] : []
  }

  private func names(behind before: String) -> [String] {
    let engines = EngineLibrary.standard.engines
    let words = before.trimmingSpaces
    if words.isEmpty {
      return StatementKind.allCases.filter { $0 != .equation }.map(\.rawValue) + ["causal"]
        + sessionNames
    }
    let tokens = words.split(whereSeparator: \.isWhitespace)
    if tokens.first == "infer", words.hasSuffix("=") { return engines.map(\.name) }
    if let callee = openCall(words), let engine = engines.first(where: { $0.name == callee }) {
      if words.hasSuffix("(") || words.hasSuffix(",") { return engine.settings.map(\.name) }
      let label = lastWord(words.dropLast())
      if words.hasSuffix(":"), let setting = engine.setting(String(label)) {
        if case .word(let words) = setting.kind { return words }
        return sessionNames
      }
    }
    let distributions = Help.entries.filter { $0.kind == .distribution }.map(\.name)
    if words.hasSuffix("~") { return distributions + callables }
    if words.hasSuffix("|>") { return LayerKind.allCases.map(\.rawValue) + callables }
    return sessionNames
      + Help.entries.filter { $0.kind == .function || $0.kind == .query }
      .map(\.name) + distributions
  }

  /// All names of the session.
  private var sessionNames: [String] {
    state.statements.flatMap(\.names) + state.fits.map(\.name) + state.predictions.map(\.name)
  }

  private var callables: [String] {
    state.statements.flatMap(\.definitions).filter { $0.kind == .callable }.map(\.name)
  }

  /// What is called with the innermost parenthesis that is open at the end.
  private func openCall(_ text: String) -> String? {
    var depth = 0
    for index in text.indices.reversed() {
      switch text[index] {
      case ")", "]": depth += 1
      case "[": depth -= 1
      case "(":
        if depth == 0 { return String(lastWord(text[..<index])) }
        depth -= 1
      default: break
      }
    }
    return nil
  }

  // MARK: Files

  /// The beginning of a path that the cursor stands in.
  private func pathStart(_ text: String) -> String? {
    let quotes = text.count { $0 == "\"" }
    if quotes % 2 == 1, let quote = text.lastIndex(of: "\"") {
      return String(text[text.index(after: quote)...])
    }
    guard text.hasPrefix(":"), let space = text.firstIndex(where: \.isWhitespace) else {
      return nil
    }
    let word = text[..<space].dropFirst().filter { $0 != "!" }
    guard SessionCommand(rawValue: word)?.takesFile == true else { return nil }
    return String(text[space...].drop(while: \.isWhitespace))
  }

  private func files(beginning path: String) -> [String] {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let folder = String(path[..<cut])
    let beginning = path[cut...]
    guard let names = try? listDirectory(folder.isEmpty ? "." : folder) else { return [] }
    return names.filter {
      $0.hasPrefix(beginning) && (beginning.hasPrefix(".") || !$0.hasPrefix("."))
    }.map { name in
      let whole = folder + name
      return isDirectory(whole) ? whole + "/" : whole
    }
  }
}
