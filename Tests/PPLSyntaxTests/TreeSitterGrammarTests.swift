import Foundation
import PPLSyntax
import Testing

/// Holds the grammar for tree-sitter against the grammar, the lexer and the parser.
struct TreeSitterGrammarTests {
  private static func text(_ path: String) throws -> String {
    try Fixtures.text(atPackagePath: "grammar/tree-sitter-ppl/\(path)")
  }

  /// The names of the rules, without the `_` of those that make no node.
  private static func rules() throws -> (all: Set<String>, nodes: Set<String>) {
    let names = try text("grammar.js").matches(of: /(?m)^    (\w+): \((?:\$)?\) =>/).map {
      String($0.output.1)
    }
    let nodes = names.filter { !$0.hasPrefix("_") }
    return (Set(names.map { $0.hasPrefix("_") ? String($0.dropFirst()) : $0 }), Set(nodes))
  }

  /// The texts between double quotes, comments and regular expressions apart.
  private static func literals() throws -> Set<String> {
    let lines = try text("grammar.js").split(separator: "\n").filter { line in
      !line.contains("//") && !line.contains(": () => /")
    }
    let matches = lines.joined(separator: "\n").matches(of: /"([^"]+)"/)
    return Set(matches.map { String($0.output.1) })
  }

  @Test func rulesAreTheProductions() throws {
    let grammar = try EBNF(Fixtures.text(atPackagePath: "grammar/ppl.ebnf"))
    let productions = Set(grammar.names.filter { $0.contains(where: \.isLowercase) })
    let (all, _) = try Self.rules()
    #expect(productions.count > 50)
    // A name without a type is a `dataDecl`, and a `draw` a `local`.
    #expect(productions.subtracting(all) == ["untyped", "draw"])
    // Parts of productions that are nodes of their own, and tokens.
    let parts: Set = [
      "word", "keyword", "lines", "clauses", "interval", "recordField", "infer", "predict", "show",
      "save", "conditional", "subscripted", "member", "call", "parenthesized",
    ]
    let tokens: Set = ["name", "number", "string", "comment"]
    #expect(all.subtracting(productions) == parts.union(tokens))
  }

  @Test func wordsAreThoseOfTheLanguage() throws {
    let reserved = Token.Kind.allCases.filter(\.isReserved).compactMap(\.spelling)
    let others = ["div", "mod", "from", "in", "key", "missing", "at", "given", "to"]
    let words = try Self.literals().filter { $0.allSatisfy { $0.isLetter } && $0 != "ppl" }
    let fields: Set = [
      "name", "relation", "value", "condition", "then", "else", "label",
    ]
    let expected = Set(reserved + others + Parser.statementWords)
    #expect(words.subtracting(fields.subtracting(expected)) == expected)
  }

  @Test func signsAreThoseOfTheLexer() throws {
    let signs = Set(Token.Kind.allCases.compactMap(\.spelling)).filter { sign in
      !sign.contains { $0.isLetter }
    }
    #expect(try Self.literals().filter { !$0.contains { $0.isLetter } } == signs)
  }

  /// The scanner joins the lines that the lexer joins.
  @Test func scannerKnowsTheWordsThatJoinLines() throws {
    let text = try Self.text("src/scanner.c")
    let line = try #require(text.firstMatch(of: /joining\[\] = \{([^}]*)\}/)?.output.1)
    let words = Set(line.matches(of: /"(\w+)"/).map { String($0.output.1) })
    let joining = Token.Kind.allCases.filter(\.joinsPreviousLine).compactMap(\.spelling)
    #expect(words.union(["|>"]) == Set(joining))
  }

  /// Every node and word that has a colour is one of the grammar.
  @Test func coloursAreOfNodesOfTheGrammar() throws {
    let (_, nodes) = try Self.rules()
    let literals = try Self.literals()
    let lines = try Self.text("queries/highlights.scm").split(separator: "\n")
      .filter { !$0.hasPrefix(";") }
    for line in lines {
      for match in line.matches(of: /\((\w+)/) {
        #expect(nodes.contains(String(match.output.1)), "\(line)")
      }
      for match in line.matches(of: /"([^"]+)"/) {
        #expect(literals.contains(String(match.output.1)), "\(line)")
      }
    }
    let coloured = Set(lines.joined().matches(of: /"([^"]+)"/).map { String($0.output.1) })
    let plain = literals.filter { literal in
      Token.Kind.allCases.contains { $0.isReserved && $0.spelling == literal }
        || Parser.statementWords.contains(literal)
    }
    #expect(plain.isSubset(of: coloured))
  }
}
