import Foundation
import PPLSourceText
import PPLSyntax
import Testing

/// Holds `grammar/ppl.tmLanguage.json`, by which editors colour programs, against the lexer.
struct TextMateGrammarTests {
  private struct Grammar: Decodable {
    struct Include: Decodable {
      var include: String
    }

    struct Rule: Decodable {
      var name: String?
      var match: String
      var captures: [String: [String: String]]?
    }

    var scopeName: String
    var patterns: [Include]
    var repository: [String: Rule]
  }

  private static func grammar() throws -> Grammar {
    let text = try Fixtures.text(atPackagePath: "grammar/ppl.tmLanguage.json")
    return try JSONDecoder().decode(Grammar.self, from: Data(text.utf8))
  }

  /// The alternatives of a rule's first group.
  private static func words(of rule: String) throws -> Set<String> {
    let pattern = try #require(try grammar().repository[rule]?.match)
    let group = try #require(pattern.firstMatch(of: /\(((?:[a-z]+\|)+[a-z]+)\)/))
    return Set(group.output.1.split(separator: "|").map(String.init))
  }

  // MARK: Lists

  @Test func reservedWordsAreThoseOfTheLexer() throws {
    let reserved = Token.Kind.allCases.filter(\.isReserved).compactMap(\.spelling)
    #expect(try Self.words(of: "reserved") == Set(reserved))
    #expect(try Self.words(of: "division") == ["div", "mod"])
  }

  @Test func statementWordsAreThoseOfTheParser() throws {
    #expect(try Self.words(of: "statement") == Set(Parser.statementWords))
  }

  /// Every sign is an operator or punctuation, and there are no others.
  @Test func signsAreThoseOfTheLexer() throws {
    let grammar = try Self.grammar()
    let operators = try NSRegularExpression(pattern: #require(grammar.repository["operator"]).match)
    let brackets = try NSRegularExpression(pattern: #require(grammar.repository["bracket"]).match)
    for kind in Token.Kind.allCases {
      guard let sign = kind.spelling, sign.allSatisfy({ !$0.isLetter && $0 != "_" }) else {
        continue
      }
      let range = NSRange(location: 0, length: sign.utf16.count)
      let found = [operators, brackets].compactMap { $0.firstMatch(in: sign, range: range)?.range }
      #expect(found.first == range, "\(sign)")
    }
    let pattern = try #require(grammar.repository["operator"]).match
    let known = Set(Token.Kind.allCases.compactMap(\.spelling))
    for sign in pattern.dropFirst().dropLast().replacing("\\|>", with: "\u{1}>").split(
      separator: "|"
    ) {
      let plain = sign.replacing("\u{1}", with: "|").replacing("\\", with: "")
      #expect(known.contains(String(plain)), "\(plain)")
    }
  }

  // MARK: Programs

  /// A piece of a line with its scope.
  private struct Piece {
    var range: NSRange
    var scope: String
  }

  /// Cuts a line as editors do: at each place the rule that matches first, of several the first.
  private static func pieces(of line: String, _ grammar: Grammar) throws -> [Piece] {
    let rules = try grammar.patterns.map { include in
      let rule = try #require(grammar.repository[String(include.include.dropFirst())])
      return (rule, try NSRegularExpression(pattern: rule.match))
    }
    var pieces: [Piece] = []
    var place = 0
    let length = line.utf16.count
    while place < length {
      let rest = NSRange(location: place, length: length - place)
      var best: (match: NSTextCheckingResult, rule: Grammar.Rule)?
      for (rule, expression) in rules {
        let options: NSRegularExpression.MatchingOptions = [
          .withTransparentBounds, .withoutAnchoringBounds,
        ]
        guard let match = expression.firstMatch(in: line, options: options, range: rest),
          match.range.length > 0
        else { continue }
        if best == nil || match.range.location < best?.match.range.location ?? 0 {
          best = (match, rule)
        }
      }
      guard let best else { break }
      if let name = best.rule.name { pieces.append(Piece(range: best.match.range, scope: name)) }
      for (number, capture) in best.rule.captures ?? [:] {
        guard let index = Int(number), let scope = capture["name"] else { continue }
        pieces.append(Piece(range: best.match.range(at: index), scope: scope))
      }
      place = best.match.range.location + best.match.range.length
    }
    return pieces
  }

  /// The scope that a token should have; nil for those that may have several.
  private static func scope(of kind: Token.Kind, isWord: Bool) -> String? {
    switch kind {
    case .number: "constant.numeric"
    case .string: "string"
    case .name: isWord ? "keyword" : nil
    case .comma, .colon, .semicolon, .dot: "punctuation"
    case _ where kind.isReserved: "keyword.control"
    case _ where kind.isOpening || kind.isClosing: "punctuation"
    case .equal, .tilde, .arrow, .pipe, .prime, .dotDot, .plus, .minus, .star, .slash, .at, .caret,
      .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      "keyword.operator"
    default: nil
    }
  }

  /// In the models and examples, each token is one piece with the scope of its kind, and names are not keywords.
  @Test func programsAreCutAsTheLexerCutsThem() throws {
    let grammar = try Self.grammar()
    #expect(grammar.scopeName == "source.ppl")
    let folder = Fixtures.packageFolder.appendingPathComponent("Examples")
    let examples = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .compactMap { name -> SourceFile? in
        let url = folder.appendingPathComponent("\(name)/model.ppl")
        return (try? Data(contentsOf: url)).map { SourceFile(name: name, bytes: [UInt8]($0)) }
      }
    #expect(examples.count > 40)
    for file in try Fixtures.modelNames.map(Fixtures.model) + examples {
      let parsed = Parser.read(file)
      let lines = (1...file.lineCount).map { String(decoding: file.line($0), as: UTF8.self) }
      let pieces = try lines.map { try Self.pieces(of: $0, grammar) }
      for (index, token) in parsed.tokens.enumerated() where token.kind != .newline {
        guard token.kind != .endOfFile else { continue }
        let (line, column) = file.position(of: token.start)
        let before = String(lines[line - 1].unicodeScalars.prefix(column - 1)).utf16.count
        let text = file.text(of: token.span)
        let range = NSRange(location: before, length: text.utf16.count)
        let found = pieces[line - 1].first { NSIntersectionRange($0.range, range).length > 0 }
        let isWord = parsed.words.contains(index)
        if let scope = Self.scope(of: token.kind, isWord: isWord) {
          #expect(found?.range == range, "\(file.name):\(line): \(text)")
          #expect(
            found?.scope.hasPrefix(scope) == true,
            "\(file.name):\(line): \(text): \(String(describing: found?.scope))"
          )
        } else if token.kind == .name {
          #expect(found?.scope.hasPrefix("keyword") != true, "\(file.name):\(line): \(text)")
        }
      }
      let comments = pieces.joined().count { $0.scope.hasPrefix("comment") }
      #expect(comments == lines.count { $0.contains("#") }, "\(file.name)")
    }
  }

  // MARK: The extension

  @Test func extensionNamesTheLanguageAndItsServer() throws {
    func object(_ path: String) throws -> [String: Any] {
      let text = try Fixtures.text(atPackagePath: "grammar/vscode/\(path)")
      let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
      return try #require(json as? [String: Any])
    }
    let package = try object("package.json")
    let contributes = try #require(package["contributes"] as? [String: Any])
    let language = try #require((contributes["languages"] as? [[String: Any]])?.first)
    #expect(language["extensions"] as? [String] == [".ppl"])
    let grammar = try #require((contributes["grammars"] as? [[String: Any]])?.first)
    #expect(grammar["scopeName"] as? String == (try Self.grammar()).scopeName)
    #expect(grammar["language"] as? String == language["id"] as? String)
    let configuration = try object("language-configuration.json")
    #expect((configuration["comments"] as? [String: String])?["lineComment"] == "#")
    let client = try Fixtures.text(atPackagePath: "grammar/vscode/extension.js")
    #expect(client.contains("args: [\"lsp\"]"))
    let dependencies = try #require(package["dependencies"] as? [String: String])
    #expect(dependencies["vscode-languageclient"] != nil)
  }
}
